"""The role's credentials: from the environment, or under SnapStart from the container endpoint."""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from darkroom import clock
from darkroom.settings import settings

_EARLY = timedelta(minutes=5)  # refreshed before they end: a signed URL must outlive the call that makes it
_TIMEOUT_SECONDS = 2
_ATTEMPTS = 3


class Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.access_key!r}, ...)"


_fetched: Credentials | None = None


def credentials() -> Credentials:
    """Credentials that are good for some minutes at least."""
    global _fetched  # noqa: PLW0603 - the cache
    current = settings()
    if current.aws_access_key_id:
        return Credentials(current.aws_access_key_id, current.aws_secret_access_key, current.aws_session_token or None)
    if _fetched is None or (_fetched.expires_at or clock.now()) - _EARLY <= clock.now():
        _fetched = _fetch(current.aws_container_credentials_full_uri, current.aws_container_authorization_token)
    return _fetched


def forget() -> None:
    """Fetch again at the next use (tests; before a snapshot)."""
    global _fetched  # noqa: PLW0603 - the cache
    _fetched = None


def _fetch(uri: str, authorization: str) -> Credentials:
    if not uri:
        raise LookupError("no AWS credentials: neither in the environment nor at a container endpoint")
    document = json.loads(_get(uri, authorization))
    return Credentials(
        document["AccessKeyId"],
        document["SecretAccessKey"],
        document["Token"],
        datetime.fromisoformat(document["Expiration"]),
    )


def _get(uri: str, authorization: str) -> Any:
    from http import client

    parts = urlsplit(uri)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    for attempt in range(1, _ATTEMPTS + 1):
        connection = client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", path, headers={"Authorization": authorization} if authorization else {})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200:
                return body
            failure: Exception = LookupError(f"the credentials endpoint answered {answer.status}")
        except (OSError, client.HTTPException) as error:
            failure = error
        finally:
            connection.close()
        if attempt == _ATTEMPTS:
            raise failure
    raise AssertionError("unreachable")
