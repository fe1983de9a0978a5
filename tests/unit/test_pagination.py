"""Cursors: what was encoded comes back typed, and everything else is a 400."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.errors import BadRequest
from darkroom.pagination import Cursor, PageRequest

moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=50)


@given(moments, st.uuids(), st.integers(-(2**63), 2**63 - 1), texts)
def test_keys_come_back_as_they_were(moment: datetime, made: UUID, number: int, text: str) -> None:
    keys = (moment, made, number, text)
    cursor = Cursor.encode(keys)
    assert cursor.isascii()
    assert "=" not in cursor
    assert Cursor.decode(cursor, datetime, UUID, int, str) == keys


@given(st.text(max_size=200))
def test_any_other_text_is_a_bad_request(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Cursor.decode(text, datetime, UUID)
    assert caught.value.fields[0].field == "cursor"


def sealed(document: bytes) -> str:
    return base64.urlsafe_b64encode(document).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "document",
    [
        b"{}",
        b"null",
        b"[]",
        b"[1]",
        b'["2026-01-01T00:00:00Z", "x"]',
        b'["2026-01-01T00:00:00", "018f0000-0000-7000-8000-000000000000"]',
        b'["yesterday", "018f0000-0000-7000-8000-000000000000"]',
        b'["2026-01-01T00:00:00Z", 5]',
        b'["2026-01-01T00:00:00Z", "018f0000-0000-7000-8000-000000000000", 1]',
        b"[" * 100_000,
    ],
)
def test_well_formed_but_wrong_is_a_bad_request(document: bytes) -> None:
    with pytest.raises(BadRequest):
        Cursor.decode(sealed(document), datetime, UUID)


@pytest.mark.parametrize(
    ("document", "kind"),
    [(b'["1"]', int), (b"[true]", int), (b"[9223372036854775808]", int), (b'["a\\u0000"]', str), (b'["\\ud800"]', str)],
)
def test_keys_that_the_database_would_refuse_are_bad_requests(document: bytes, kind: type) -> None:
    with pytest.raises(BadRequest):
        Cursor.decode(sealed(document), kind)


def test_a_page_is_split_from_one_row_more() -> None:
    page = PageRequest(limit=2)
    assert page.fetch == 3
    assert page.after(int) is None
    items, following = page.split([1, 2, 3], lambda n: (n,))
    assert items == [1, 2]
    assert following is not None
    assert PageRequest(2, following).after(int) == (2,)
    assert page.split([3, 4], lambda n: (n,)) == ([3, 4], None)
    assert page.split([], lambda n: (n,)) == ([], None)
