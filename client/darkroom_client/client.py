"""The client: signing in and staying so, and a method for each thing that can be asked of Darkroom."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx

from darkroom_client.api import Api, Waiting, connect
from darkroom_client.documents import Account, Album, Job, Target
from darkroom_client.errors import DarkroomError, JobFailed, NotSignedIn, Refused, Unreachable
from darkroom_client.fetching import fetch
from darkroom_client.photos import NotAPhoto, Photo, look
from darkroom_client.restoring import Restoring
from darkroom_client.retrying import Patience
from darkroom_client.sending import NewTarget, Sender
from darkroom_client.tokens import FileTokens, Session, Tokens
from darkroom_client.watching import Watcher

DEFAULT_URL: Final = "http://127.0.0.1:8000"
AT_ONCE: Final = 500
"""The most files, or keys, that one call may name."""

_EARLY_SECONDS: Final = 30
_FIRST_LOOK, _LAST_LOOK, _LOOKS_GROW = 0.5, 3.0, 1.25
_QUIET: Final = Watcher()


class Client:
    """One person at one server. Threads may share it; processes share its tokens."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        tokens: Tokens | None = None,
        *,
        patience: Patience | None = None,
        stop: threading.Event | None = None,
        waiting: Waiting = _QUIET.waiting,
    ) -> None:
        """`stop`, once set, ends whatever is waiting or sending with Stopped. `waiting` is told when the server has to
        be waited for, how long, and why."""
        self.url = _address(url)
        self.patience = patience or Patience()
        self.stop = stop or threading.Event()
        self._tokens = tokens or FileTokens()
        self._http = connect()
        self._api = Api(self.url, self._http, self.patience, self.stop, waiting)
        self._sender = Sender(self._http, self.patience, self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections; the session stays."""
        self._http.close()

    # --- who is asking -----------------------------------------------------------------------------------------------

    def register(self, email: str, password: str, name: str) -> None:
        """Make an account. One that is there already is Refused with 409."""
        self._api.call("POST", "/api/v1/auth/register", {"email": email, "password": password, "name": name})

    def sign_in(self, email: str, password: str) -> Account:
        """Start a session and keep its tokens. An earlier session of this place is ended."""
        granted = self._api.call("POST", "/api/v1/auth/login", {"username": email, "password": password})
        with self._tokens.alone():
            earlier = self._tokens.read(self.url)
            self._tokens.write(self.url, _session(granted))
        if earlier is not None:
            with contextlib.suppress(DarkroomError):
                self._end(earlier)
        return self.account()

    def sign_out(self) -> None:
        """End the session, here and at the server."""
        with self._tokens.alone():
            session = self._tokens.read(self.url)
            if session is None:
                return
            self._end(session)
            self._tokens.write(self.url, None)

    def account(self) -> Account:
        return Account.of(self.call("GET", "/users/me"))

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, repeatable: bool = False
    ) -> Any:
        """Any route under /api/v1, as the person who is signed in."""
        token = self._access_token()
        try:
            return self._api.call(method, f"/api/v1{path}", body, token=token, key=key, repeatable=repeatable)
        except Refused as refused:
            if refused.status != 401:
                raise
        token = self._access_token(refused=token)
        return self._api.call(method, f"/api/v1{path}", body, token=token, key=key, repeatable=repeatable)

    def _access_token(self, refused: str | None = None) -> str:
        """One that is good for a while and is not the one that was just refused."""

        def is_good(session: Session) -> bool:
            return session.access_token != refused and time.time() < session.access_until - _EARLY_SECONDS

        session = self._tokens.read(self.url)
        if session is None or not is_good(session):
            with self._tokens.alone():
                session = self._tokens.read(self.url)
                if session is None:
                    raise NotSignedIn
                if not is_good(session):  # else another process has refreshed meanwhile
                    session = self._refreshed(session)
        return session.access_token

    def _refreshed(self, session: Session) -> Session:
        # The key follows from the token: whoever was killed between the server's answer and keeping it is answered the
        # same tokens again, where a second use without the key would end the session (ADR 0070).
        key = hashlib.sha256(session.refresh_token.encode()).hexdigest()
        try:
            granted = self._api.call("POST", "/api/v1/auth/refresh", {"refresh_token": session.refresh_token}, key=key)
        except Refused as refused:
            if refused.status != 401:
                raise
            self._tokens.write(self.url, None)
            raise NotSignedIn("Your session has ended. Sign in again with `darkroom login`.") from None
        fresh = _session(granted)
        self._tokens.write(self.url, fresh)
        return fresh

    def _end(self, session: Session) -> None:
        self._api.call("POST", "/api/v1/auth/logout", {"refresh_token": session.refresh_token}, repeatable=True)

    @property
    def restoring(self) -> Restoring:
        """Old photos restored; this needs no account."""
        return Restoring(self._api, self._http, self._sender, self.patience, as_person=self.call)

    # --- photos go up ------------------------------------------------------------------------------------------------

    def targets(self, photos: Sequence[Photo]) -> list[Target]:
        """A place for each photo, in their order."""
        files = [{"filename": each.name, "content_type": each.content_type, "size_bytes": each.size} for each in photos]
        answer = self.call("POST", "/uploads/generate-urls", {"files": files}, repeatable=True)
        return [Target.of(wire) for wire in answer["uploads"]]

    def send(
        self, photo: Photo, target: Target | None = None, renew: NewTarget | None = None, watcher: Watcher = _QUIET
    ) -> str:
        """Bring one photo, to `target` or to one that is asked for (by `renew`). The key under which it lies."""

        def ask() -> Target:
            return self.targets([photo])[0]

        renew = renew or ask
        return self._sender.send(photo, target or renew(), renew, watcher)

    def upload(self, path: Path | str, watcher: Watcher = _QUIET) -> str:
        """Bring one file. Its storage key, for `process`."""
        try:
            photo = look(Path(path))
        except NotAPhoto as none:
            raise DarkroomError(f"{path} {none.reason}") from None
        return self.send(photo, watcher=watcher)

    # --- albums come back --------------------------------------------------------------------------------------------

    def process(
        self, keys: Sequence[str], instructions: str | None = None, *, regroup: bool = False, key: str | None = None
    ) -> Job:
        """Make albums of uploaded photos (at most 500). The job that does it; the same `key` starts it once."""
        body: dict[str, Any] = {"image_keys": list(keys)}
        if instructions:
            body["instructions"] = instructions
        if regroup:
            body["regroup"] = True
        return Job.of(self.call("POST", "/galleries/process", body, key=key or str(uuid4())))

    def job(self, job_id: str) -> Job:
        return Job.of(self.call("GET", f"/jobs/{job_id}/status"))

    def retry(self, job_id: str) -> Job:
        """Start a failed job once more."""
        return Job.of(self.call("POST", f"/jobs/{job_id}/retry", key=str(uuid4())))

    def wait(self, job_id: str, watcher: Watcher = _QUIET) -> Job:
        """The job once it is over; a failed one is JobFailed. It is asked for more and more seldom."""
        pause = _FIRST_LOOK
        while True:
            job = self.job(job_id)
            watcher.job(job)
            if job.status == "failed":
                raise JobFailed(job)
            if job.is_over:
                return job
            self._api.pause(pause)
            pause = min(pause * _LOOKS_GROW, _LAST_LOOK)

    def albums(self) -> Iterator[Album]:
        """Every album, newest first."""
        cursor: str | None = None
        while True:
            query = urlencode({"limit": 20, **({"cursor": cursor} if cursor else {})})
            page = self.call("GET", f"/galleries/me?{query}")
            yield from (Album.of(wire) for wire in page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def album(self, album_id: str) -> Album:
        return Album.of(self.call("GET", f"/albums/{album_id}"))

    def download(self, album_id: str, to: Path, watcher: Watcher = _QUIET) -> int:
        """The album's photos as a ZIP in the file `to`, whole or not at all. Its size."""
        started = Job.of(self.call("POST", f"/albums/{album_id}/download", key=str(uuid4())))
        result = self.wait(started.id, watcher).result
        partial = to.with_name(f"{to.name}.part")
        for wait in [*self.patience.waits(), None]:
            try:
                size = fetch(self._http, result["url"], partial, watcher, expected=result.get("size_bytes"))
            except httpx.TransportError as error:
                if wait is None:
                    raise Unreachable(f"The download broke off: {error}") from None
                self._api.outwait(wait, "the download broke off")
                continue
            partial.replace(to)
            return size
        raise AssertionError("the last attempt returns or raises")


def _session(granted: dict[str, Any]) -> Session:
    return Session(granted["access_token"], time.time() + granted["expires_in"], granted["refresh_token"])


def _address(url: str) -> str:
    """Scheme and host of a server; a path is none of ours (people paste what their browser shows)."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise DarkroomError(f"{url!r} is no address of a server, such as {DEFAULT_URL}.")
    return f"{parts.scheme}://{parts.netloc}"
