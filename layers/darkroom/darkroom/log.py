"""Structured logs: one JSON object a line on standard error, with the ids that tie lines together.

The standard library's `logging` and a logger package are left out on purpose: they cost a cold start 10 to 65 ms, and
a line is a dict. An event has a name (`accounts.signed_in`) and fields; sentences are for people, lines for queries.
"""

import json
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from darkroom import clock

_token_in_path = re.compile(r"/[A-Za-z0-9_-]{40,}(?=/|$)")  # ids have 36 characters, tokens 43
_FRAMES = 25  # the innermost

_context: ContextVar[dict[str, Any]] = ContextVar("darkroom_log_context", default={})  # noqa: B039 - never mutated


def without_tokens(path: str) -> str:
    """An address as it may be logged: what opens something (a shared album's token) is no part of it."""
    return _token_in_path.sub("/…", path)


def bind(**fields: Any) -> None:
    """Add fields to every later line of this request or message. None takes a field away."""
    merged = {**_context.get(), **fields}
    _context.set({name: value for name, value in merged.items() if value is not None})


def bound(name: str) -> Any:
    """The value of a bound field, or None."""
    return _context.get().get(name)


@contextmanager
def context(**fields: Any) -> Iterator[None]:
    """Start from nothing but `fields`, and put back what was bound when the block ends."""
    token = _context.set({name: value for name, value in fields.items() if value is not None})
    try:
        yield
    finally:
        _context.reset(token)


def info(event: str, **fields: Any) -> None:
    _write("INFO", event, fields)


def warning(event: str, **fields: Any) -> None:
    _write("WARNING", event, fields)


def error(event: str, **fields: Any) -> None:
    _write("ERROR", event, fields)


def exception(event: str, failure: BaseException, **fields: Any) -> None:
    """An error with its stack. Only the message's first line is kept: a database puts row values in the next ones."""
    message = str(failure).partition("\n")[0]
    stack = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(failure.__traceback__, limit=-_FRAMES)
    ]
    _write("ERROR", event, {**fields, "error": type(failure).__name__, "message": message, "stack": stack})


def _write(level: str, event: str, fields: dict[str, Any]) -> None:
    line = {"at": clock.rfc3339(clock.now()), "level": level, "event": event, **_context.get(), **fields}
    sys.stderr.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
