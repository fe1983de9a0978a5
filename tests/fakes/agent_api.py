"""The platform as a camera agent sees it: the API, its WebSocket and storage on loopback, by the contract's word.

    api.ask()                          a person asks for a photo: a capture, told by WebSocket or poll until it moves on
    api.next("complete", 500)          the next call of that kind is answered 500
    api.next("put", "lose")            it is done, and its answer is lost
    api.next("report", "drop")         the connection is closed before anything is done
    api.next("heartbeat", "stall")     it is neither done nor answered
    api.next("commands", "portal")     somebody's sign-in page answers instead, with 200
    api.at("put", 2, "before", kill)   `kill` is called when the second such call comes, before it is done (or "after")
    api.go_down(), api.come_back()     nobody listens at its address; and again

Kinds: pair, heartbeat, commands, upload-url, complete, fail, report, put.
"""

import contextlib
import hashlib
import json
import re
import socket
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.fakes.agent_socket import AgentSocket

_ROUTES = (
    ("POST", "/devices/pair", "pair"),
    ("POST", "/agent/heartbeat", "heartbeat"),
    ("GET", "/agent/commands", "commands"),
    ("POST", "/agent/captures/([^/]+)/upload-url", "upload-url"),
    ("POST", "/agent/captures/([^/]+)/complete", "complete"),
    ("POST", "/agent/captures/([^/]+)/fail", "fail"),
    ("POST", "/agent/captures", "report"),
)
_OPEN = ("requested", "dispatched", "uploading")
Fault = int | str


class Answer(NamedTuple):
    status: int
    document: Any = None
    headers: dict[str, str] = {}


class Problem(Exception):
    def __init__(self, status: int, detail: str = "No.") -> None:
        super().__init__(detail)
        self.answer = Answer(status, {"title": "Problem", "status": status, "detail": detail})


@dataclass
class Capture:
    id: str
    status: str = "requested"
    schedule_id: str | None = None
    due_at: str | None = None
    client_id: str | None = None
    storage_key: str | None = None
    sha256: str | None = None
    size: int = 0
    taken_at: str | None = None
    error: str | None = None
    completions: int = 0
    expires_at: str = "2100-01-01T00:00:00Z"


@dataclass
class Hook:
    kind: str
    number: int
    when: str
    act: Callable[[], None]
    seen: int = 0


@dataclass
class Device:
    id: str = field(default_factory=lambda: str(uuid4()))
    token: str = "device-token"
    name: str = "Desk"
    paused: bool = False
    revision: int = 1
    schedules: list[dict[str, Any]] = field(default_factory=list)


class AgentApi:
    """One device's platform."""

    def __init__(self) -> None:
        self.device = Device()
        self.codes = {"K7M2QX"}
        self.captures: dict[str, Capture] = {}
        self.objects: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.bodies: dict[str, list[Any]] = defaultdict(list)
        self.headers: dict[str, dict[str, str]] = {}
        self.stalled = threading.Event()
        self.now: Callable[[], float] = time.time
        self.deaf_socket = False
        """The WebSocket cannot be opened."""
        self.pauses_apply_to_reports = False
        self.url_is_good = True
        self.waits_of_polls: list[tuple[float, int | None]] = []
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._hooks: list[Hook] = []
        self.changed = threading.Condition(threading.RLock())
        self._released = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._port = 0
        self.socket = AgentSocket(self)

    # --- what a test arranges ----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v1"

    def next(self, kind: str, *faults: Fault) -> None:
        self._faults[kind].extend(faults)

    def at(self, kind: str, number: int, when: str, act: Callable[[], None]) -> None:
        self._hooks.append(Hook(kind, number, when, act))

    def ask(self, **more: Any) -> Capture:
        capture = Capture(str(uuid4()), **more)
        with self.changed:
            self.captures[capture.id] = capture
            self.changed.notify_all()
        self.socket.send(self._command(capture))
        return capture

    def plan(self, *schedules: dict[str, Any]) -> None:
        """Other schedules from now on."""
        with self.changed:
            self.device.schedules = list(schedules)
            self.device.revision += 1
            self.changed.notify_all()
        self.socket.send(self._schedules())

    def pause(self, paused: bool = True) -> None:
        with self.changed:
            self.device.paused = paused
            self.device.revision += 1
            self.changed.notify_all()
        self.socket.send({"type": "paused", "paused": paused, "revision": self.device.revision})

    def revoke(self) -> None:
        self.device.token = "another"
        self.socket.hang_up()

    def count(self, kind: str) -> int:
        return Counter(self.asked)[kind]

    def with_status(self, status: str) -> list[Capture]:
        with self.changed:
            return [capture for capture in self.captures.values() if capture.status == status]

    def until(self, look: Callable[[], bool]) -> None:
        """Wait for it; the test's timeout is the end of patience."""
        with self.changed:
            while not look():
                self.changed.wait(0.02)

    def faults_are_used_up(self) -> bool:
        return not any(self._faults.values())

    # --- up and down --------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self.go_down()

    def come_back(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                owner._sockets.add(self.connection)

            def finish(self) -> None:
                with contextlib.suppress(OSError):
                    super().finish()
                owner._sockets.discard(self.connection)

            def handle_any(self) -> None:
                owner._handle(self)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the base class's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that was killed is no error here."""

        self._http = Server(("127.0.0.1", self._port), Handler)
        self._port = self._http.server_port
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.socket.come_back()

    def go_down(self) -> None:
        self.socket.go_down()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.cut()

    def cut(self) -> None:
        """Every open connection breaks."""
        self.socket.hang_up()
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    # --- requests -----------------------------------------------------------------------------------------------------

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        parts = urlsplit(request.path)
        kind, arguments = self._kind(request.command, parts.path)
        self.headers[kind] = {name.lower(): value for name, value in request.headers.items()}
        with self.changed:
            self.asked.append(kind)
            fault = self._faults[kind].popleft() if self._faults[kind] else None
            hooks = [hook for hook in self._hooks if hook.kind == kind]
            for hook in hooks:
                hook.seen += 1
        before = [hook for hook in hooks if hook.seen == hook.number and hook.when == "before"]
        if before or fault in ("drop", "stall"):
            for hook in before:
                hook.act()
            if fault == "stall":
                self.stalled.set()
                self._released.wait(30)
            request.close_connection = True
            return
        answer = self._answer(kind, arguments, parts.query, body, fault)
        with self.changed:
            self.changed.notify_all()
        after = [hook for hook in hooks if hook.seen == hook.number and hook.when == "after"]
        for hook in after:
            hook.act()
        if after or fault == "lose":
            request.close_connection = True
            return
        _send(request, answer, b"<html>Sign in</html>" if fault == "portal" else None)

    def _kind(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        if method == "PUT":
            return "put", (path,)
        for known_method, pattern, kind in _ROUTES:
            found = re.fullmatch("/api/v1" + pattern, path)
            if found and method == known_method:
                return kind, found.groups()
        return "unknown", ()

    def _answer(self, kind: str, arguments: tuple[str, ...], query: str, body: bytes, fault: Fault | None) -> Answer:
        if isinstance(fault, int):
            return Problem(fault, f"Planned {fault}.").answer
        if fault == "portal":
            return Answer(200)
        try:
            if kind == "unknown":
                raise Problem(404)
            if kind == "put":
                return self._put(arguments[0], query, body)
            if kind != "pair" and self.headers[kind].get("authorization") != f"Bearer {self.device.token}":
                raise Problem(401, "Not signed in.")
            if kind == "commands":
                return self._commands(query)
            document = json.loads(body)
            self.bodies[kind].append(document)
            with self.changed:
                answer: Answer = getattr(self, f"_{kind.replace('-', '_')}")(document, *arguments)
        except Problem as problem:
            return problem.answer
        return answer

    # --- routes -------------------------------------------------------------------------------------------------------

    def _pair(self, document: Any) -> Answer:
        code = document["pairing_code"]
        if code not in self.codes:
            raise Problem(404, "No such code.")
        self.codes.discard(code)
        found = {"device_id": self.device.id, "device_token": self.device.token, "name": self.device.name}
        return Answer(201, {**found, "websocket_url": self.socket.url})

    def _heartbeat(self, document: Any) -> Answer:
        assert set(document) == {"cameras", "disk_free", "queued"}
        now = datetime.fromtimestamp(self.now(), UTC).isoformat().replace("+00:00", "Z")
        waiting = len(self._commanded())
        state = {"paused": self.device.paused, "revision": self.device.revision, "waiting": waiting}
        return Answer(200, {"server_time": now, **state})

    def _commands(self, query: str) -> Answer:
        asked = parse_qs(query)
        wait = float(asked["wait"][0])
        revision = int(asked["revision"][0]) if "revision" in asked else None
        self.waits_of_polls.append((wait, revision))
        ends = time.monotonic() + wait
        with self.changed:
            while True:
                commands = [self._command(capture) for capture in self._commanded()]
                if revision != self.device.revision:
                    state = self.device.revision
                    commands += [{"type": "paused", "paused": self.device.paused, "revision": state}, self._schedules()]
                left = ends - time.monotonic()
                if commands or left <= 0 or self._released.is_set():
                    return Answer(200, {"commands": commands, "revision": self.device.revision, "poll_after": 0})
                self.changed.wait(min(left, 0.05))

    def _commanded(self) -> list[Capture]:
        return [each for each in self.captures.values() if each.status in ("requested", "dispatched")]

    def _command(self, capture: Capture) -> dict[str, Any]:
        return {
            "type": "capture",
            "capture_id": capture.id,
            "requested_at": "2026-11-01T00:00:00Z",
            "expires_at": capture.expires_at,
            "schedule_id": capture.schedule_id,
            "due_at": capture.due_at,
        }

    def _schedules(self) -> dict[str, Any]:
        return {"type": "schedules", "revision": self.device.revision, "schedules": self.device.schedules}

    def _upload_url(self, document: Any, capture_id: str) -> Answer:
        capture = self._capture(capture_id)
        if capture.status not in _OPEN:
            raise Problem(409, f"The capture is {capture.status}.")
        return Answer(200, self._target(capture, document))

    def _report(self, document: Any) -> Answer:
        if self.pauses_apply_to_reports:
            raise Problem(409, "The device was paused.")
        due = (document.get("schedule_id"), document.get("due_at"))
        known = [each for each in self.captures.values() if each.client_id == document["client_id"]]
        if not known and due[0]:
            known = [each for each in self.captures.values() if (each.schedule_id, each.due_at) == due]
        capture = known[0] if known else Capture(str(uuid4()), schedule_id=due[0], due_at=due[1])
        capture.client_id = document["client_id"]
        self.captures[capture.id] = capture
        return Answer(201, self._target(capture, document))

    def _target(self, capture: Capture, document: Any) -> dict[str, Any]:
        if capture.status != "completed":
            capture.status = "uploading"
            capture.sha256, capture.size = document["sha256"], document["size_bytes"]
        there = self.objects.get(capture.storage_key or "")
        if capture.storage_key is None or (there is not None and not _matches(there, capture)):
            capture.storage_key = f"captures/{uuid4()}"
        return {
            "capture_id": capture.id,
            "storage_key": capture.storage_key,
            "url": f"http://127.0.0.1:{self._port}/storage/{capture.storage_key}?length={document['size_bytes']}",
            "method": "PUT",
            "headers": {"Content-Type": document["content_type"], "If-None-Match": "*"},
            "expires_in": 300,
        }

    def _put(self, path: str, query: str, body: bytes) -> Answer:
        key = path.removeprefix("/storage/")
        length = int(parse_qs(query)["length"][0])
        headers = self.headers["put"]
        with self.changed:
            if not self.url_is_good or headers.get("if-none-match") != "*" or len(body) != length:
                return Answer(403)
            if key in self.objects:
                return Answer(412)
            self.objects[key] = body
        return Answer(200)

    def _complete(self, document: Any, capture_id: str) -> Answer:
        capture = self._capture(capture_id)
        if capture.status == "completed" and document["storage_key"] == capture.storage_key:
            return Answer(200, {"id": capture.id, "status": "completed"})
        if capture.status != "uploading":
            raise Problem(409, f"The capture is {capture.status}.")
        there = self.objects.get(document["storage_key"])
        if there is None or not _matches(there, capture) or document["storage_key"] != capture.storage_key:
            raise Problem(400, "What is stored is not what was announced.")
        assert document["width"] > 0
        assert document["height"] > 0
        capture.status, capture.taken_at = "completed", document["taken_at"]
        capture.completions += 1
        return Answer(200, {"id": capture.id, "status": "completed"})

    def _fail(self, document: Any, capture_id: str) -> Answer:
        capture = self._capture(capture_id)
        if capture.status not in _OPEN:
            raise Problem(409)
        capture.status, capture.error = "failed", document["reason"]
        return Answer(200, {"id": capture.id, "status": "failed"})

    def _capture(self, capture_id: str) -> Capture:
        if capture_id not in self.captures:
            raise Problem(404)
        return self.captures[capture_id]

    def photos(self) -> list[str]:
        """The hashes of all photos that were completed."""
        return [
            hashlib.sha256(self.objects[each.storage_key or ""]).hexdigest() for each in self.with_status("completed")
        ]


def _matches(content: bytes, capture: Capture) -> bool:
    return hashlib.sha256(content).hexdigest() == capture.sha256


def _send(request: BaseHTTPRequestHandler, answer: Answer, page: bytes | None) -> None:
    content = page if page is not None else json.dumps(answer.document).encode() if answer.document else b""
    kind = (
        "text/html" if page is not None else "application/json" if answer.status < 400 else "application/problem+json"
    )
    with contextlib.suppress(OSError):
        request.send_response(answer.status)
        for name, value in {"Content-Length": str(len(content)), "Content-Type": kind, **answer.headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)
