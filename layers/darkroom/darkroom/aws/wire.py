"""Calling AWS's JSON protocols, and listing what S3 holds, over one kept connection for each host and thread."""

import json
import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from darkroom import log
from darkroom.aws.signing import object_url, presign_url, sign
from darkroom.settings import settings

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

Answer = TypeVar("Answer")

_VERSIONS = {"sqs": "1.0", "secretsmanager": "1.1", "events": "1.1", "monitoring": "1.0"}
_TIMEOUT_SECONDS = 5
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.05
_THROTTLED = frozenset({"ThrottlingException", "Throttling", "RequestThrottled", "TooManyRequestsException"})

_LIST_SECONDS: Final = 60

_connections: dict[tuple[str, str, int], "HTTPConnection"] = {}


class AwsError(Exception):
    """AWS refused, or could not be reached. `code` is its name for why."""

    def __init__(self, service: str, code: str, message: str, status: int = 0) -> None:
        super().__init__(f"{service}: {code}: {message}")
        self.service = service
        self.code = code
        self.status = status

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status == 0 or self.status >= 500 or self.status == 429 or self.code in _THROTTLED


def call(service: str, target: str, body: dict[str, Any], *, attempts: int = _ATTEMPTS) -> dict[str, Any]:
    """One operation, `target` as `X-Amz-Target` names it. Tried again when the connection breaks or AWS says 5xx: the
    operations called this way may happen twice."""
    payload = json.dumps(body).encode()
    return _tried_again(service, target, lambda: _call_once(service, target, payload), attempts)


def list_objects(bucket: str, prefix: str, after: str) -> tuple[list[tuple[str, int]], bool]:
    """Keys that begin with `prefix` and come behind `after`, in order, with their sizes: a thousand at most, and
    whether there are more."""
    from xml.etree import ElementTree as ET

    query = {"list-type": "2", "prefix": prefix, "start-after": after, "max-keys": "1000"}

    def ask() -> bytes:
        url = presign_url("GET", object_url(bucket, ""), "s3", expires=_LIST_SECONDS, query=query)
        return _fetch("s3", "GET", url, {}, b"")

    root = ET.fromstring(_tried_again("s3", "ListObjectsV2", ask))  # noqa: S314
    found = [
        (each.findtext("{*}Key") or "", int(each.findtext("{*}Size") or 0)) for each in root.findall("{*}Contents")
    ]
    return found, root.findtext("{*}IsTruncated") == "true"


def _tried_again(service: str, target: str, ask: Callable[[], Answer], attempts: int = _ATTEMPTS) -> Answer:
    for attempt in range(1, attempts + 1):
        try:
            return ask()
        except AwsError as failure:
            if attempt == attempts or not failure.is_passing:
                raise
            log.warning("aws.retry", service=service, target=target, code=failure.code, attempt=attempt)
        time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311 - spreads retries, guards nothing
    raise AssertionError("unreachable")


def _call_once(service: str, target: str, payload: bytes) -> dict[str, Any]:
    url = _endpoint(service)
    headers = sign(
        "POST",
        url,
        service,
        {"Content-Type": f"application/x-amz-json-{_VERSIONS.get(service, '1.1')}", "X-Amz-Target": target},
        payload,
    )
    document: dict[str, Any] = json.loads(_fetch(service, "POST", url, headers, payload) or b"{}")
    return document


def _fetch(service: str, method: str, url: str, headers: dict[str, str], payload: bytes) -> bytes:
    """The body of a good answer; anything else is an AwsError."""
    from http.client import HTTPException

    try:
        answer, content = send(method, url, headers, payload)
    except (OSError, HTTPException) as failure:
        raise AwsError(service, type(failure).__name__, str(failure)) from failure
    if answer.status >= 300:
        raise _refusal(service, answer, content)
    return content


def send(method: str, url: str, headers: dict[str, str], payload: bytes) -> "tuple[HTTPResponse, bytes]":
    """Whatever the other side answers to this request, and its body; OSError or HTTPException where it does not answer.
    A kept connection that the other side has closed meanwhile is opened again."""
    from http.client import HTTPException

    connection, kept = _connection(url)
    try:
        return _exchange(connection, method, url, headers, payload)
    except (ConnectionError, HTTPException):
        connection.close()
        if not kept:
            raise
    except BaseException:
        connection.close()  # an answer may still be under way on it
        raise
    return _exchange(connection, method, url, headers, payload)


def hang_up() -> None:
    """Let go of all kept connections; the next requests open new ones."""
    while _connections:
        _connections.popitem()[1].close()


def _exchange(
    connection: "HTTPConnection", method: str, url: str, headers: dict[str, str], payload: bytes
) -> "tuple[HTTPResponse, bytes]":
    parts = urlsplit(url)
    connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), payload, headers)
    answer = connection.getresponse()
    return answer, answer.read()


def _connection(url: str) -> "tuple[HTTPConnection, bool]":
    """This thread's connection to this host, and whether it has been used before."""
    from http.client import HTTPConnection, HTTPSConnection

    parts = urlsplit(url)
    place = (parts.scheme, parts.netloc, threading.get_ident())
    found = _connections.get(place)
    if found is not None:
        return found, found.sock is not None
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = _connections[place] = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    return connection, False


def _endpoint(service: str) -> str:
    current = settings()
    return (current.aws_endpoint_url or f"https://{service}.{current.aws_region}.amazonaws.com").rstrip("/") + "/"


def _refusal(service: str, answer: "HTTPResponse", content: bytes) -> AwsError:
    try:
        document = json.loads(content)
        code = str(document.get("__type", "")).rpartition("#")[2] or "Unknown"
        message = str(document.get("message") or document.get("Message") or "")
    except (ValueError, AttributeError):
        code, message = "Unknown", answer.reason
    return AwsError(service, code, message, answer.status)
