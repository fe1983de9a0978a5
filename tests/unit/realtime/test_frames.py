"""Frames: whatever comes through a socket is understood or refused, never a fault."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.errors import NotFound, Problem, TooLarge
from realtime import frames

TOPIC = "user:0193aaaa-0000-7000-8000-000000000001"


def test_the_three_things_a_client_says() -> None:
    assert frames.parse('{"action": "ping"}') == ("ping", "", None)
    assert frames.parse(json.dumps({"action": "subscribe", "topic": TOPIC})) == ("subscribe", TOPIC, None)
    assert frames.parse(json.dumps({"action": "subscribe", "topic": TOPIC, "since": 7})) == ("subscribe", TOPIC, 7)
    assert frames.parse(json.dumps({"action": "unsubscribe", "topic": TOPIC})) == ("unsubscribe", TOPIC, None)


@pytest.mark.parametrize(
    "frame",
    [
        None,
        "",
        "ping",
        "[]",
        "null",
        "[" * 100_000,
        '{"action": "dance"}',
        '{"action": ["ping"]}',
        "{}",
        '{"action": "ping", "topic": "x"}',
        '{"action": "subscribe"}',
        '{"action": "subscribe", "topic": ""}',
        '{"action": "subscribe", "topic": 7}',
        json.dumps({"action": "subscribe", "topic": "x" * 201}),
        json.dumps({"action": "subscribe", "topic": TOPIC, "since": "1"}),
        json.dumps({"action": "subscribe", "topic": TOPIC, "since": -1}),
        json.dumps({"action": "subscribe", "topic": TOPIC, "since": 1.5}),
        json.dumps({"action": "subscribe", "topic": TOPIC, "since": True}),
        json.dumps({"action": "subscribe", "topic": TOPIC, "since": 2**63}),
        json.dumps({"action": "subscribe", "topic": TOPIC, "sinse": 1}),
        json.dumps({"action": "unsubscribe", "topic": TOPIC, "since": 1}),
    ],
)
def test_a_malformed_frame_is_a_400(frame: str | None) -> None:
    with pytest.raises(frames.MalformedFrame) as refused:
        frames.parse(frame)
    assert refused.value.status == 400


def test_bytes_are_no_frame() -> None:
    with pytest.raises(frames.MalformedFrame):
        frames.parse("eyJhY3Rpb24iOiJwaW5nIn0=", is_binary=True)


def test_a_frame_over_128_kb_is_a_413() -> None:
    with pytest.raises(TooLarge):
        frames.parse(json.dumps({"action": "ping", "filling": "x" * frames.FRAME_BYTES_MAX}))


def test_the_topic_of_a_malformed_frame_is_named_in_the_answer() -> None:
    with pytest.raises(frames.MalformedFrame) as refused:
        frames.parse(json.dumps({"action": "subscribe", "topic": TOPIC, "since": "late"}))
    assert json.loads(frames.error(refused.value, refused.value.topic))["topic"] == TOPIC


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists).map(str)))
def test_any_text_is_a_request_or_a_problem(text: str) -> None:
    try:
        frames.parse(text)
    except Problem:
        pass


@given(st.dictionaries(st.sampled_from(["action", "topic", "since", "x"]), st.integers() | st.text() | st.none()))
def test_any_object_is_a_request_or_a_problem(document: dict[str, Any]) -> None:
    try:
        request = frames.parse(json.dumps(document))
    except Problem:
        return
    assert request.action in {"ping", "subscribe", "unsubscribe"}


def test_what_the_server_says() -> None:
    at = datetime(2026, 11, 21, 10, 0, 0, 250_000, tzinfo=UTC)
    assert json.loads(frames.pong()) == {"type": "pong"}
    assert json.loads(frames.subscribed(TOPIC, 7)) == {"type": "subscribed", "topic": TOPIC, "since": 7}
    assert json.loads(frames.error(NotFound("no"), TOPIC)) == {
        "type": "error",
        "topic": TOPIC,
        "status": 404,
        "detail": "no",
    }
    assert json.loads(frames.error(NotFound("no"))) == {"type": "error", "status": 404, "detail": "no"}
    assert json.loads(frames.event(TOPIC, 8, "job.progress", at, {"name": "Zoë"})) == {
        "type": "job.progress",
        "topic": TOPIC,
        "sequence": 8,
        "at": "2026-11-21T10:00:00.250000Z",
        "data": {"name": "Zoë"},
    }
