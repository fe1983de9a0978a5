"""What travels on queues and on the event bus: one envelope, the same everywhere.

A message carries ids, a name, a version, a correlation id and an attempt, never rows or bytes: the consumer
reads what is true now from the database. Parsing is strict, because a message that is not understood must end
in the dead-letter queue and not be half obeyed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from darkroom import ids, log

type_name = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
data_field = re.compile(r"[a-z][a-z0-9_]{0,63}")

MAX_VALUE_LENGTH = 2_048  # an object key at its longest is 1,024
MAX_LIST_LENGTH = 1_000
MAX_FIELDS = 32
MAX_INTEGER = 2**53  # beyond it JSON readers of other languages round

_ENVELOPE = frozenset({"id", "name", "version", "correlation_id", "attempt", "data"})

Scalar = str | int | bool | None
Value = Scalar | list[Scalar]


class NotAMessage(ValueError):
    """What arrived is not an envelope: no repetition will make it one."""


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    name: str
    version: int
    correlation_id: str
    attempt: int
    data: Mapping[str, Value]

    def uuid(self, field: str) -> UUID:
        """The id in a field of the data; a missing or malformed one makes the message unreadable."""
        value = self.data.get(field)
        try:
            return UUID(value if isinstance(value, str) else "")
        except ValueError:
            raise NotAMessage(f"{self.name}: data.{field} is not an id") from None

    def again(self) -> "Message":
        """The same request, made once more on purpose: a new id, so that nobody takes it for a repetition."""
        return replace(self, id=ids.new_id(), attempt=self.attempt + 1)


def new(
    name: str,
    data: Mapping[str, Value | UUID] | None = None,
    *,
    correlation_id: str | None = None,
    version: int = 1,
) -> Message:
    """A new message. It goes on with the story that is bound to the log, or starts one, told by its own id."""
    message_id = ids.new_id()
    story = correlation_id or log.bound("correlation_id") or str(message_id)
    plain = {field: str(value) if isinstance(value, UUID) else value for field, value in (data or {}).items()}
    return _checked(
        {
            "id": str(message_id),
            "name": name,
            "version": version,
            "correlation_id": story,
            "attempt": 1,
            "data": plain,
        }
    )


def to_document(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "name": message.name,
        "version": message.version,
        "correlation_id": message.correlation_id,
        "attempt": message.attempt,
        "data": dict(message.data),
    }


def to_json(message: Message) -> str:
    return json.dumps(to_document(message), separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Message:
    return from_document(read_json(text))


def read_json(text: str) -> Any:
    """Whatever JSON a body holds; thousands of open brackets are no JSON either."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NotAMessage("the body is not JSON") from None


def from_document(document: object) -> Message:
    if not isinstance(document, dict):
        raise NotAMessage("the body is not a JSON object")
    return _checked(document)


def _checked(document: Mapping[str, Any]) -> Message:
    if set(document) != _ENVELOPE:
        different = ", ".join(sorted(map(str, set(document) ^ _ENVELOPE)))
        raise NotAMessage(f"missing or unknown: {different}")
    name, correlation_id = document["name"], document["correlation_id"]
    if not isinstance(name, str) or not type_name.fullmatch(name):
        raise NotAMessage("name is not a dotted lower-case name")
    if not isinstance(correlation_id, str) or not 1 <= len(correlation_id) <= 128:
        raise NotAMessage("correlation_id is not a short string")
    return Message(
        id=_uuid(document["id"]),
        name=name,
        version=_positive(document["version"], "version"),
        correlation_id=correlation_id,
        attempt=_positive(document["attempt"], "attempt"),
        data=_data(document["data"]),
    )


def _uuid(value: object) -> UUID:
    try:
        parsed = UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise NotAMessage("id is not a UUID") from None
    if str(parsed) != value:
        raise NotAMessage("id is not a UUID in its usual form")
    return parsed


def _positive(value: object, field: str) -> int:
    if type(value) is not int or not 1 <= value <= 1_000_000:
        raise NotAMessage(f"{field} is not a positive integer")
    return value


def _data(value: object) -> dict[str, Value]:
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise NotAMessage("data is not a small object")
    for field, entry in value.items():
        if not data_field.fullmatch(field):
            raise NotAMessage("data has a field that is no snake_case name")
        entries = entry if isinstance(entry, list) else [entry]
        if len(entries) > MAX_LIST_LENGTH or not all(map(_is_scalar, entries)):
            raise NotAMessage(f"data.{field} is not an id, a number, a flag or a list of these")
    return value


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_VALUE_LENGTH
    if type(value) is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER
    return value is None or isinstance(value, bool)
