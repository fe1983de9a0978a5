"""Darkroom's API as a device sees it."""

import json
import threading
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from darkroom_agent.clock import from_wire
from darkroom_agent.connection import Answer, Connections
from darkroom_agent.errors import AgentError, Refused, Revoked, Unreachable, WrongUsage
from darkroom_agent.pace import Pace
from darkroom_agent.spool import Photo

_PASSING: Final = frozenset({408, 425, 429})
_LONGEST_ASKED: Final = 600.0


class Target(NamedTuple):
    """Where a photo is to be put."""

    capture_id: str
    storage_key: str
    url: str
    method: str
    headers: Mapping[str, str]


class Beat(NamedTuple):
    """What a heartbeat brings back."""

    server_seconds: float
    paused: bool
    revision: int
    waiting: int


class Commands(NamedTuple):
    commands: Sequence[Mapping[str, Any]]
    poll_after: float


class Api:
    """One caller's connection: each thread has its own."""

    def __init__(self, address: str, token: str | None, pace: Pace, connections: Connections | None = None) -> None:
        self.address = checked(address)
        self._token = token
        self._pace = pace
        self.connections = connections or Connections(pace.connect_timeout)

    def pair(self, code: str, agent: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._call("POST", "/devices/pair", {"pairing_code": code, "agent": agent})

    def commands(self, wait: float, revision: int) -> Commands:
        path = f"/agent/commands?wait={int(wait)}&revision={revision}"
        document = self._call("GET", path, timeout=wait + self._pace.answer_timeout)
        found = document.get("commands")
        if not isinstance(found, list):
            raise self._not_darkroom()
        return Commands([each for each in found if isinstance(each, dict)], float(document.get("poll_after") or 0))

    def heartbeat(self, cameras: Sequence[Mapping[str, str]], disk_free: int, queued: int) -> Beat:
        body = {"cameras": cameras, "disk_free": disk_free, "queued": queued}
        document = self._call("POST", "/agent/heartbeat", body)
        try:
            return Beat(
                from_wire(document["server_time"]),
                bool(document.get("paused")),
                int(document.get("revision") or 0),
                int(document.get("waiting") or 0),
            )
        except (KeyError, AgentError):
            raise self._not_darkroom() from None

    def upload_url(self, capture_id: str, photo: Photo) -> Target:
        body = {"content_type": photo.content_type, "size_bytes": photo.size, "sha256": photo.sha256}
        return self._target(self._call("POST", f"/agent/captures/{capture_id}/upload-url", body), capture_id)

    def report(self, photo: Photo) -> Target:
        """A photo that no open capture waits for. The same photo's repeat is answered with the same capture."""
        body = {
            "client_id": photo.id,
            "taken_at": photo.taken_at,
            "content_type": photo.content_type,
            "size_bytes": photo.size,
            "sha256": photo.sha256,
        }
        if photo.schedule_id is not None and photo.due_at is not None:
            body |= {"schedule_id": photo.schedule_id, "due_at": photo.due_at}
        return self._target(self._call("POST", "/agent/captures", body), None)

    def complete(self, capture_id: str, photo: Photo, storage_key: str) -> None:
        body = {
            "storage_key": storage_key,
            "sha256": photo.sha256,
            "taken_at": photo.taken_at,
            "width": photo.width,
            "height": photo.height,
        }
        document = self._call("POST", f"/agent/captures/{capture_id}/complete", body)
        if document.get("id") != capture_id:
            raise self._not_darkroom()

    def fail(self, capture_id: str, reason: str) -> None:
        self._call("POST", f"/agent/captures/{capture_id}/fail", {"reason": reason[:500]})

    def _target(self, document: Mapping[str, Any], capture_id: str | None) -> Target:
        try:
            return Target(
                str(document.get("capture_id") or capture_id or document["capture_id"]),
                str(document["storage_key"]),
                str(document["url"]),
                str(document.get("method") or "PUT"),
                {str(name): str(value) for name, value in (document.get("headers") or {}).items()},
            )
        except (KeyError, AttributeError):
            raise self._not_darkroom() from None

    def _call(self, method: str, path: str, body: Any = None, timeout: float | None = None) -> Mapping[str, Any]:
        headers = {"Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        answer = self.connections.request(
            method, self.address + path, content, headers, timeout=timeout or self._pace.answer_timeout
        )
        document = _document(answer)
        if document is None or answer.status >= 500 or answer.status in _PASSING:
            # A page of some network's sign-in is not Darkroom's word, whatever its status: no photo may go by it.
            raise self._not_now(answer, is_ours=document is not None)
        if answer.status == 401:
            raise Revoked
        if answer.status >= 300:
            raise Refused(answer.status, _detail(document, answer.status))
        return document

    def _not_now(self, answer: Answer, *, is_ours: bool) -> Unreachable:
        if answer.status < 500 and answer.status not in _PASSING and not is_ours:
            return self._not_darkroom()
        return Unreachable(
            f"{self.address} answered {answer.status}.", status=answer.status, retry_after=retry_after(answer)
        )

    def _not_darkroom(self) -> Unreachable:
        return Unreachable(f"{self.address} does not answer as Darkroom does. Is the address right?")


def checked(address: str) -> str:
    """The address without a slash at its end; WrongUsage when it is none."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise WrongUsage(f"{address!r} is no address of an API; it looks like https://darkroom.example/api/v1")
    return address.rstrip("/")


def retry_after(answer: Answer) -> float:
    """The seconds that the server asks to wait: a number, or the time until a date by its own clock."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdigit():
        return min(float(text), _LONGEST_ASKED)
    try:
        wait = (parsedate_to_datetime(text) - parsedate_to_datetime(answer.headers["date"])).total_seconds()
    except (ValueError, KeyError, TypeError):
        return 0.0
    return min(max(0.0, wait), _LONGEST_ASKED)


def _document(answer: Answer) -> Mapping[str, Any] | None:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _detail(document: Mapping[str, Any], status: int) -> str:
    told = str(document.get("detail") or document.get("title") or f"Darkroom answered {status}.")
    fields = [error for error in document.get("errors") or () if isinstance(error, dict)]
    words = [f"{error.get('field', '')}: {error.get('message', '')}" for error in fields[:3]]
    return "; ".join([told, *words])


class Apis:
    """Makes each thread its own, and ends them all when the agent stops."""

    def __init__(self, address: str, token: str, pace: Pace) -> None:
        self._arguments = (address, token, pace)
        self._lock = threading.Lock()
        self._made: list[Api] = []
        self._aborted = False

    def make(self) -> Api:
        made = Api(*self._arguments)
        with self._lock:
            self._made.append(made)
            if self._aborted:
                made.connections.abort()
        return made

    def close(self) -> None:
        """When their threads have ended."""
        with self._lock:
            for made in self._made:
                made.connections.close()

    def abort(self) -> None:
        with self._lock:
            self._aborted = True
            for made in self._made:
                made.connections.abort()
