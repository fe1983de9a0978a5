"""What travels on a socket, in both directions (conventions: WebSocket)."""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from darkroom import clock
from darkroom.errors import BadRequest, Problem, TooLarge

FRAME_BYTES_MAX = 128 * 1024  # API Gateway's own
_TOPIC = re.compile(r"[!-~]{1,200}")  # what can be shown in an answer; which of them exist is another question
_SEQUENCE_MAX = 2**63 - 1
_FIELDS = {"subscribe": {"action", "topic", "since"}, "unsubscribe": {"action", "topic"}, "ping": {"action"}}


class Request(NamedTuple):
    """A client's frame. `topic` is empty for a ping."""

    action: str
    topic: str = ""
    since: int | None = None


class MalformedFrame(BadRequest):
    """A frame that cannot be obeyed, with the topic it spoke of as far as it could be read."""

    def __init__(self, detail: str, topic: str | None = None) -> None:
        super().__init__(detail)
        self.topic = topic


def parse(body: str | None, *, is_binary: bool = False) -> Request:
    """The request in a frame, or a Problem to be answered. A socket never falls over what came through it."""
    if is_binary:
        raise MalformedFrame("Frames are text.")
    if len((body or "").encode(errors="surrogatepass")) > FRAME_BYTES_MAX:
        raise TooLarge("A frame may have 128 KB at most.")
    try:
        frame = json.loads(body or "")
    except (ValueError, RecursionError):
        raise MalformedFrame("A frame is a JSON object.") from None
    if not isinstance(frame, dict):
        raise MalformedFrame("A frame is a JSON object.")
    return _request(frame)


def _request(frame: dict[str, Any]) -> Request:
    action, topic, since = frame.get("action"), frame.get("topic"), frame.get("since")
    known = topic if isinstance(topic, str) and _TOPIC.fullmatch(topic) else None
    allowed = _FIELDS.get(action) if isinstance(action, str) else None
    if allowed is None:
        raise MalformedFrame("`action` is one of subscribe, unsubscribe and ping.", known)
    if not set(frame) <= allowed:
        raise MalformedFrame(f"A {action} frame has no such field.", known)
    if action == "ping":
        return Request("ping")
    if known is None:
        raise MalformedFrame("`topic` is a word of at most 200 characters.")
    if since is not None and (type(since) is not int or not 0 <= since <= _SEQUENCE_MAX):
        raise MalformedFrame("`since` is the sequence of the last event you have seen.", known)
    return Request(str(action), known, since)


def pong() -> bytes:
    return _encode({"type": "pong"})


def subscribed(topic: str, since: int) -> bytes:
    """`since` is where the subscription stands: the events that come next follow it without a gap."""
    return _encode({"type": "subscribed", "topic": topic, "since": since})


def error(problem: Problem, topic: str | None = None) -> bytes:
    named = {"topic": topic} if topic else {}
    return _encode({"type": "error", **named, "status": problem.status, "detail": problem.detail})


def event(topic: str, sequence: int, type: str, at: datetime, data: Any) -> bytes:  # noqa: A002 - the frame's own word
    return _encode({"type": type, "topic": topic, "sequence": sequence, "at": clock.rfc3339(at), "data": data})


def _encode(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()
