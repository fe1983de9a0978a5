"""Secrets: one JSON document in Secrets Manager, read once by each execution environment and again after ten
minutes."""

import json
import time
from functools import lru_cache
from typing import Any

from darkroom import log
from darkroom.settings import settings

_KEEP_SECONDS = 600

_read: tuple[float, dict[str, str]] | None = None


def secret(name: str, default: str | None = None) -> str:
    """The secret called `name`. Without a `default` a missing one is an error: nothing runs on an empty key."""
    value = _all().get(name) or default
    if value is None:
        raise LookupError(f"the secret {name!r} is not set")
    return value


def forget() -> None:
    """Read again at the next use (tests; before a snapshot)."""
    global _read  # noqa: PLW0603 - the cache
    _read = None


def _all() -> dict[str, str]:
    global _read  # noqa: PLW0603 - the cache
    current = settings()
    if current.secrets_json:
        return _parse(current.secrets_json)
    now = time.monotonic()
    if _read is not None and now - _read[0] < _KEEP_SECONDS:
        return _read[1]
    try:
        _read = (now, fetch(current.secrets_arn))
    except Exception as failure:
        if _read is None:
            raise
        log.exception("secrets.refetch_failed", failure)  # what we had is better than no answer
        _read = (now, _read[1])
    return _read[1]


@lru_cache(maxsize=1)
def _parse(text: str) -> dict[str, str]:
    document: dict[str, str] = json.loads(text)
    return document


def fetch(arn: str) -> dict[str, str]:
    """The document of one secret, read now."""
    from darkroom import aws

    answer: dict[str, Any] = aws.call("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": arn})
    document: dict[str, str] = json.loads(answer["SecretString"])
    return document
