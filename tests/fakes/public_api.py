"""The platform as a client sees it: the public API and storage on one loopback server, as strict as the real ones where
a client could go wrong (rotating tokens, kept answers, targets that expire and take one file once).

    server.next("PUT", 500)            the next PUT to storage is answered 500
    server.next("PUT", "lose")         it is done, and its answer is lost
    server.next("/galleries/process", "drop")    the connection is closed before anything is done
    server.next("PUT", "stall")        it is neither done nor answered; `server.stalled` says when it has come
    server.next("PUT", "stall after")  it is done and not answered
"""

import hashlib
import json
import re
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

PASSWORD = "correct horse battery"


_ROUTES = (
    ("POST", "/auth/login", False, "_sign_in"),
    ("POST", "/auth/refresh", False, "_refreshed"),
    ("POST", "/auth/logout", False, "_sign_out"),
    ("GET", "/users/me", True, "_me"),
    ("POST", "/uploads/generate-urls", True, "_generate_urls"),
    ("POST", "/galleries/process", True, "_process"),
    ("GET", "/jobs/([^/]+)/status", True, "_status"),
    ("POST", "/jobs/([^/]+)/retry", True, "_retry"),
    ("GET", "/galleries/me", True, "_gallery"),
    ("GET", "/albums/([^/]+)", True, "_album"),
    ("POST", "/albums/([^/]+)/download", True, "_download"),
)


class Answer(NamedTuple):
    status: int
    document: Any = None
    content: bytes | None = None
    headers: dict[str, str] = {}


class Problem(Exception):
    def __init__(self, status: int, detail: str = "No.", **more: Any) -> None:
        super().__init__(detail)
        self.answer = Answer(status, {"title": "Problem", "status": status, "detail": detail, **more})


class PublicApi:
    """One person's platform: ada@example.com."""

    def __init__(self) -> None:
        self.email = "ada@example.com"
        self.user_id = str(uuid4())
        self.asked: list[tuple[str, str]] = []
        self.objects: dict[str, bytes] = {}
        self.processed: list[dict[str, Any]] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.stalled = threading.Event()
        self.polls = 0
        """So often a job is looked at before it is over."""
        self.skips: dict[bytes, str] = {}
        """Contents that a job can make nothing of."""
        self.failing_jobs = 0
        self.albums: list[dict[str, Any]] = []
        self.keeps_albums = True
        """Else the person deletes each as soon as it is made."""
        self.url_seconds = 300
        self.access_seconds = 900
        self.sessions_ended_by_replay = 0
        self.delay_seconds = 0.0
        self.busy = self.busiest = 0
        self._targets: dict[str, dict[str, Any]] = {}
        self._access: dict[str, str] = {}
        self._refresh: dict[str, tuple[str, bool]] = {}
        self._kept: dict[tuple[str, str], tuple[bytes, Answer]] = {}
        self._faults: dict[str, deque[int | str]] = defaultdict(deque)
        self._lock = threading.RLock()
        self._released = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                owner._handle(self)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the base class's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # --- what a test arranges ----------------------------------------------------------------------------------------

    def next(self, what: str, *faults: int | str) -> None:
        """How the next calls fail: those with this method ("PUT") or under /api/v1 at this path."""
        self._faults[what].extend(faults)

    def release(self) -> None:
        """Let go of what is stalled."""
        self._released.set()

    def forget_faults(self) -> None:
        self._faults.clear()

    def expire_access(self) -> None:
        with self._lock:
            self._access.clear()

    def end_sessions(self) -> None:
        with self._lock:
            for session in {of for of, _ in self._refresh.values()}:
                self._end(session)

    def expire_urls(self) -> None:
        with self._lock:
            for target in self._targets.values():
                target["until"] = 0.0

    def count(self, method: str, path: str = "") -> int:
        return sum(asked[0] == method and asked[1].startswith(path) for asked in self.asked)

    # --- requests ----------------------------------------------------------------------------------------------------

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        try:
            body = request.rfile.read(int(request.headers.get("content-length") or 0))
            path = urlsplit(request.path).path.removeprefix("/api/v1")
            self.asked.append((request.command, path))
            time.sleep(self.delay_seconds)
            fault = self._fault(request.command, path)
            if fault == "stall":
                self._stall()
            if fault in {"drop", "stall"}:
                request.close_connection = True
                return
            answer = Answer(fault, {"detail": "Planned."}) if isinstance(fault, int) else self._answer(request, body)
            if fault == "stall after":
                self._stall()
            if fault in {"lose", "stall after"}:
                request.close_connection = True
                return
            content = answer.content if answer.content is not None else json.dumps(answer.document).encode()
            request.send_response(answer.status)
            for name, value in {"content-length": str(len(content)), **answer.headers}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(content)
        finally:
            with self._lock:
                self.busy -= 1

    def _stall(self) -> None:
        self.stalled.set()
        self._released.wait(60)

    def _fault(self, method: str, path: str) -> int | str | None:
        with self._lock:
            for what in (method, path):
                if self._faults[what]:
                    return self._faults[what].popleft()
        return None

    def _answer(self, request: BaseHTTPRequestHandler, body: bytes) -> Answer:
        parts = urlsplit(request.path)
        try:
            with self._lock:
                if not parts.path.startswith("/api/v1"):
                    return self._storage(request, parts.path.lstrip("/"), body)
                path = parts.path.removeprefix("/api/v1")
                document = json.loads(body) if body else {}
                return self._once(request, path, document, parse_qs(parts.query))
        except Problem as problem:
            return problem.answer

    def _once(self, request: BaseHTTPRequestHandler, path: str, body: Any, query: dict[str, list[str]]) -> Answer:
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._route(request, path, body, query)
        hashed = hashlib.sha256(json.dumps([path, body]).encode()).digest()
        if (path, key) in self._kept:
            first, answer = self._kept[path, key]
            if first != hashed:
                raise Problem(409, "This Idempotency-Key came with another request.")
            return answer
        try:
            answer = self._route(request, path, body, query)
        except Problem as problem:
            answer = problem.answer
        if answer.status not in {401, 409, 429} and answer.status < 500:
            self._kept[path, key] = (hashed, answer)
        return answer

    def _route(self, request: BaseHTTPRequestHandler, path: str, body: Any, query: dict[str, list[str]]) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for method, pattern, needs_token, name in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found is None or method != request.command:
                continue
            if needs_token and token not in self._access:
                raise Problem(401, "Sign in to do this.")
            answer: Answer = getattr(self, name)(*found.groups(), *([body] if method == "POST" else [query]))
            return answer
        raise Problem(404, "There is nothing here.")

    # --- accounts ----------------------------------------------------------------------------------------------------

    def _tokens(self, session: str) -> Answer:
        access, refresh = f"access-{uuid4()}", f"refresh-{uuid4()}"
        self._access[access] = session
        self._refresh[refresh] = (session, False)
        return Answer(200, {"access_token": access, "refresh_token": refresh, "expires_in": self.access_seconds})

    def _sign_in(self, body: Any) -> Answer:
        if (body["username"], body["password"]) != (self.email, PASSWORD):
            raise Problem(401, "The e-mail address or the password is wrong.")
        return self._tokens(str(uuid4()))

    def _sign_out(self, body: Any) -> Answer:
        self._end(self._refresh[body["refresh_token"]][0])
        return Answer(204, content=b"")

    def _me(self, _: Any) -> Answer:
        return Answer(200, {"id": self.user_id, "email": self.email, "name": "Ada", "role": "user"})

    def _refreshed(self, body: Any) -> Answer:
        token = body["refresh_token"]
        session, spent = self._refresh.get(token, ("", True))
        if spent:
            self.sessions_ended_by_replay += session != ""
            self._end(session)
            raise Problem(401, "This session has ended.")
        self._refresh[token] = (session, True)
        return self._tokens(session)

    def _end(self, session: str) -> None:
        self._access = {token: of for token, of in self._access.items() if of != session}
        self._refresh = {token: (of, spent or of == session) for token, (of, spent) in self._refresh.items()}

    # --- storage -----------------------------------------------------------------------------------------------------

    def _generate_urls(self, body: Any) -> Answer:
        return Answer(200, {"uploads": [self._target(file) for file in body["files"]]})

    def _target(self, file: dict[str, Any]) -> dict[str, Any]:
        key = f"uploads/{self.user_id}/{uuid4()}"
        self._targets[key] = {**file, "until": time.time() + self.url_seconds}
        headers = {"Content-Type": file["content_type"], "If-None-Match": "*"}
        url = f"{self.url}/{key}?signature=yes"
        return {"storage_key": key, "url": url, "method": "PUT", "headers": headers, "expires_in": self.url_seconds}

    def _storage(self, request: BaseHTTPRequestHandler, key: str, body: bytes) -> Answer:
        if request.command == "GET":
            return Answer(200, content=self.objects[key])
        target = self._targets.get(key)
        announced = target and (target["content_type"], target["size_bytes"], "*")
        given = (request.headers["content-type"], len(body), request.headers["if-none-match"])
        if target is None or target["until"] <= time.time() or announced != given:
            return Answer(403, content=b"<Error/>")
        if key in self.objects:
            return Answer(412, content=b"<Error/>")
        self.objects[key] = body
        return Answer(200, content=b"")

    # --- galleries ---------------------------------------------------------------------------------------------------

    def _process(self, body: dict[str, Any]) -> Answer:
        keys = body["image_keys"]
        errors = [
            {"field": f"image_keys.{position}", "message": f"{key}: nothing has been brought here yet."}
            for position, key in enumerate(keys)
            if key not in self.objects
        ]
        if errors:
            raise Problem(400, "Some photos are not there.", errors=errors)
        self.processed.append(body)

        def outcome() -> dict[str, Any]:
            if self.failing_jobs:
                self.failing_jobs -= 1
                return {"status": "failed", "error_message": "Nothing came of it."}
            skipped = [
                {"storage_key": key, "reason": self.skips[self.objects[key]]}
                for key in keys
                if self.objects[key] in self.skips
            ]
            album = {
                "id": str(uuid4()),
                "title": f"Album {len(self.albums) + 1}",
                "image_count": len(keys) - len(skipped),
            }
            if self.keeps_albums:
                self.albums.append(album)
            return {"result": {"albums_created": 1, "album_ids": [album["id"]], "skipped": skipped}}

        return self._start("curation", len(keys), outcome)

    def _start(self, kind: str, total: int, outcome: Any) -> Answer:
        job_id = str(uuid4())
        self.jobs[job_id] = {"kind": kind, "status": "pending", "total": total, "polls": self.polls, "outcome": outcome}
        status_url = f"/api/v1/jobs/{job_id}/status"
        return Answer(202, {"job_id": job_id, "status": "pending", "status_url": status_url})

    def _gallery(self, query: dict[str, list[str]]) -> Answer:
        start = int(query.get("cursor", ["0"])[0])
        more = str(start + 2) if start + 2 < len(self.albums) else None
        return Answer(200, {"user_id": self.user_id, "items": self.albums[start : start + 2], "next_cursor": more})

    def _album(self, album_id: str, _: Any) -> Answer:
        found = [album for album in self.albums if album["id"] == album_id]
        if not found:
            raise Problem(404, "There is nothing here.")
        return Answer(200, found[0])

    def _download(self, album_id: str, _: Any) -> Answer:
        self.objects["album.zip"] = f"a ZIP of {album_id}".encode() * 5_000
        result = {"url": f"{self.url}/album.zip", "size_bytes": len(self.objects["album.zip"])}
        return self._start("album_download", 1, lambda: {"result": result})

    def _status(self, job_id: str, _: Any) -> Answer:
        job = self.jobs.get(job_id)
        if job is None:
            raise Problem(404, "There is nothing here.")
        if job["status"] in {"pending", "processing"}:
            job["status"] = "processing"
            job["polls"] -= 1
            if job["polls"] < 0:
                job.update({"status": "completed", **job["outcome"]()})
        done = job["total"] if job["status"] == "completed" else 0
        document = {
            "job_id": job_id,
            "kind": job["kind"],
            "status": job["status"],
            "progress": {"stage": "finding albums", "done": done, "total": job["total"]},
            "result": job.get("result"),
            "error_message": job.get("error_message"),
        }
        return Answer(200, document)

    def _retry(self, job_id: str, _: Any) -> Answer:
        job = self.jobs[job_id]
        if job["status"] != "failed":
            raise Problem(409, "Only a failed job can be started again.")
        job.update({"status": "pending", "polls": self.polls, "error_message": None})
        return Answer(202, {"job_id": job_id, "status": "pending"})
