"""The envelope: strict on the way in, small on the way out, the same after a round trip."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import ids, log, messages
from darkroom.messages import NotAMessage

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=50) | st.uuids().map(str)
names = st.from_regex(messages.type_name, fullmatch=True).filter(str.isascii)
data = st.dictionaries(
    st.from_regex(messages.data_field, fullmatch=True), scalars | st.lists(scalars, max_size=5), max_size=5
)


@given(names, data, st.integers(1, 9))
def test_a_message_is_the_same_after_a_round_trip(name: str, content: dict[str, Any], version: int) -> None:
    message = messages.new(name, content, version=version, correlation_id="c-1")
    assert messages.from_json(messages.to_json(message)) == message


def whole() -> dict[str, Any]:
    return messages.to_document(messages.new("mail.send", {"email_id": ids.new_id()}))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "not-an-id"},
        {"id": 7},
        {"id": str(ids.new_id()).upper()},
        {"name": "Mail"},
        {"name": "mail"},
        {"name": None},
        {"version": 0},
        {"version": "1"},
        {"version": True},
        {"attempt": 0},
        {"attempt": 1.0},
        {"correlation_id": ""},
        {"correlation_id": "x" * 129},
        {"data": []},
        {"data": {"row": {"email": "a@b.c"}}},
        {"data": {"ids": [["nested"]]}},
        {"data": {"Not-Snake": 1}},
        {"data": {"share": 0.5}},
        {"data": {"photo": "A" * 3000}},
        {"data": {"many": ["x"] * 1001}},
        {"data": {f"field{i}": 1 for i in range(33)}},
        {"data": {"large": 2**60}},
        {"unknown": 1},
    ],
)
def test_what_differs_from_the_envelope_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotAMessage):
        messages.from_document(whole() | change)


@pytest.mark.parametrize("field", ["id", "name", "version", "correlation_id", "attempt", "data"])
def test_a_field_that_is_missing_is_refused(field: str) -> None:
    document = whole()
    del document[field]
    with pytest.raises(NotAMessage, match=field):
        messages.from_document(document)


@pytest.mark.parametrize("text", ["", "hello", "[]", "null", "7", '"text"', "{", "[" * 1_000_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(NotAMessage):
        messages.from_json(text)


def test_rows_and_bytes_do_not_get_into_a_message() -> None:
    for content in ({"user": {"email": "a@b.c"}}, {"bytes": b"..."}):
        with pytest.raises(NotAMessage):
            messages.new("mail.send", content)  # type: ignore[arg-type]


def test_a_message_goes_on_with_the_story_of_its_request() -> None:
    with log.context(correlation_id="story"):
        assert messages.new("mail.send").correlation_id == "story"
    alone = messages.new("mail.send")
    assert alone.correlation_id == str(alone.id)


def test_asking_once_more_is_another_message_of_the_same_story() -> None:
    first = messages.new("mail.send", {"email_id": ids.new_id()})
    second = first.again()
    assert (second.attempt, second.data, second.correlation_id) == (2, first.data, first.correlation_id)
    assert second.id != first.id


def test_an_id_in_the_data_is_read_as_one() -> None:
    email_id = ids.new_id()
    message = messages.new("mail.send", {"email_id": email_id, "count": 3, "word": "x"})
    assert message.uuid("email_id") == email_id
    assert json.loads(messages.to_json(message))["data"]["email_id"] == str(UUID(str(email_id)))
    for field in ("count", "word", "missing"):
        with pytest.raises(NotAMessage, match=field):
            message.uuid(field)
