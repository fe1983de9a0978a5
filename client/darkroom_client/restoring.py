"""Old photos restored: brought, paid for, watched and fetched. It needs no account: tokens open a session and an order.

restoring = client.restoring
tray = restoring.bring([Path("grandmother.jpg")])
restoring.wait_for_files(tray)
checkout = restoring.check_out(tray, "you@example.com")
print("Pay at", checkout.url)
order = restoring.wait(checkout.order_id, checkout.token)
restoring.download(order.id, Path("photos.zip"), checkout.token)
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urljoin
from uuid import uuid4

import httpx

from darkroom_client.api import Api
from darkroom_client.documents import Target
from darkroom_client.errors import DarkroomError, NotSignedIn, Refused, Unreachable
from darkroom_client.fetching import fetch
from darkroom_client.orders import Brought, Checkout, Order, OrderLine, PayWith, Tray, Wishes
from darkroom_client.photos import NotAPhoto, Photo, look
from darkroom_client.retrying import PASSING, Patience, asked_for
from darkroom_client.sending import Sender
from darkroom_client.watching import Watcher

ORDER_FILES_MAX: Final = 50
_URL_SECONDS: Final = 300
_FIRST_LOOK, _LAST_LOOK, _LOOKS_GROW = 0.5, 4.0, 1.25
_LOOKED_INTO_SECONDS: Final = 300
_ZIP_SECONDS: Final = 900
_QUIET: Final = Watcher()

PersonsCall = Callable[..., Any]
Told = Callable[[Order], object]


class Restoring:
    """Of one Client. `as_person` makes a call as whoever is signed in."""

    def __init__(
        self, api: Api, http: httpx.Client, sender: Sender, patience: Patience, *, as_person: PersonsCall
    ) -> None:
        self._api = api
        self._http = http
        self._sender = sender
        self._patience = patience
        self._as_person = as_person

    def offer(self) -> dict[str, Any]:
        """What a photo costs, and what can be wished for."""
        found: dict[str, Any] = self._api.call("GET", "/api/v1/upload/offer")
        return found

    # --- photos go up ------------------------------------------------------------------------------------------------

    def bring(self, paths: Sequence[Path | str], watcher: Watcher = _QUIET, *, at_once: int = 4) -> Tray:
        """Open a session with these files and bring them all. Files that are no photos are refused before anything."""
        photos = [_photo(Path(path)) for path in paths]
        if not 1 <= len(photos) <= ORDER_FILES_MAX:
            raise DarkroomError(f"One order has 1 to {ORDER_FILES_MAX} photos.")
        files = [{"filename": each.name, "content_type": each.content_type, "size_bytes": each.size} for each in photos]
        opened = self._api.call("POST", "/api/v1/upload", {"files": files}, key=str(uuid4()))
        tray = Tray(opened["session_id"], opened["session_token"], opened["expires_at"], tuple(photos))
        watcher.found(len(photos), sum(photo.size for photo in photos))
        with ThreadPoolExecutor(min(at_once, len(photos))) as pool:
            sent = [
                pool.submit(self._send, tray, photo, wire, watcher)
                for photo, wire in zip(photos, opened["uploads"], strict=True)
            ]
        for each in sent:
            each.result()
        return tray

    def _send(self, tray: Tray, photo: Photo, wire: dict[str, Any], watcher: Watcher) -> None:
        upload_id = wire["upload_id"]

        def renew() -> Target:
            path = f"/api/v1/upload/{tray.id}/urls"
            answer = self._api.call("POST", path, {"upload_ids": [upload_id]}, token=tray.token, repeatable=True)
            return _target(answer["uploads"][0])

        self._sender.send(photo, _target(wire), renew, watcher)
        watcher.stored(photo)

    def files(self, tray: Tray) -> list[Brought]:
        """What became of each file so far."""
        found = self._api.call("GET", f"/api/v1/upload/{tray.id}", token=tray.token)
        return [Brought.of(wire) for wire in found["files"]]

    def wait_for_files(self, tray: Tray) -> list[Brought]:
        """Every file once it has been looked into."""
        give_up = time.monotonic() + _LOOKED_INTO_SECONDS
        for pause in _pauses():
            found = self.files(tray)
            if all(file.status != "pending" for file in found):
                return found
            if time.monotonic() > give_up:
                raise Unreachable("The photos came, and nobody looks into them. Try again in a while.")
            self._api.pause(pause)
        raise AssertionError("pauses have no end")

    # --- an order -----------------------------------------------------------------------------------------------------

    def check_out(
        self,
        tray: Tray,
        email: str,
        wishes: Wishes | None = None,
        *,
        pay_with: PayWith = "card",
        keep_duplicates: bool = False,
        key: str | None = None,
    ) -> Checkout:
        """Order what the tray holds: for the person who is signed in, if somebody is. The same `key` orders once. A
        photo that is there twice is ordered once, unless duplicates are kept."""
        wished = wishes or Wishes()
        body = {
            "session_id": tray.id,
            "session_token": tray.token,
            "email": email,
            "options": {"fidelity": wished.fidelity, "colorize": wished.colorize, "upscale": wished.upscale},
            "pay_with": pay_with,
            "keep_duplicates": keep_duplicates,
        }
        key = key or str(uuid4())
        try:
            made = self._as_person("POST", "/checkout", body, key=key)
        except NotSignedIn:
            if pay_with == "credits":
                raise
            made = self._api.call("POST", "/api/v1/checkout", body, key=key)
        return Checkout(made["order_id"], made["order_token"], made["checkout_url"])

    def order(self, order_id: str, token: str | None = None) -> Order:
        """By the order's own token, or as the person who is signed in."""
        return Order.of(self._call("GET", f"/orders/{order_id}", token=token))

    def orders(self) -> Iterator[OrderLine]:
        """Every order of the person who is signed in, newest first."""
        cursor: str | None = None
        while True:
            query = urlencode({"limit": 50, **({"cursor": cursor} if cursor else {})})
            page = self._as_person("GET", f"/orders?{query}")
            yield from (OrderLine.of(wire) for wire in page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def wait(self, order_id: str, token: str | None = None, told: Told = lambda _order: None) -> Order:
        """The order once it is over. An order that nobody pays waits for a day: `told` hears how it stands."""
        for pause in _pauses():
            order = self.order(order_id, token)
            told(order)
            if order.is_over:
                return order
            self._api.pause(pause)
        raise AssertionError("pauses have no end")

    def look_up(self, email: str) -> None:
        """Have the links of an address's orders mailed to it."""
        self._api.call("POST", "/api/v1/orders/lookup", {"email": email}, repeatable=True)

    # --- photos come back -------------------------------------------------------------------------------------------

    def download(
        self,
        order_id: str,
        to: Path,
        token: str | None = None,
        photo_ids: Sequence[str] | None = None,
        watcher: Watcher = _QUIET,
    ) -> int:
        """A ZIP of what was restored, or of some, or the one photo's file, in `to`: whole or not at all. Its size."""
        wish = {} if photo_ids is None else {"image_ids": list(photo_ids)}
        link = self._call("POST", f"/orders/{order_id}/downloads", wish, token=token, key=str(uuid4()))
        partial = to.with_name(f"{to.name}.part")
        for wait in [*self._patience.waits(), None]:
            try:
                size = fetch(self._http, self._place_behind(link["token"]), partial, watcher)
            except httpx.TransportError as error:
                if wait is None:
                    raise Unreachable(f"The download broke off: {error}") from None
                self._api.outwait(wait, "the download broke off")
                continue
            partial.replace(to)
            return size
        raise AssertionError("the last attempt returns or raises")

    def _place_behind(self, token: str) -> str:
        """Where the file lies, once a ZIP is built."""
        give_up = time.monotonic() + _ZIP_SECONDS
        while True:
            answer = self._http.get(f"{self._api.url}/api/v1/download/{token}", follow_redirects=False)
            if answer.is_redirect:
                return urljoin(str(answer.request.url), answer.headers["location"])
            if answer.status_code != 202 and answer.status_code not in PASSING:
                raise Refused(answer.status_code, _problem(answer))
            if time.monotonic() > give_up:
                raise Unreachable("The ZIP is not ready after a quarter of an hour. Try again later.")
            self._api.pause(min(asked_for(answer.headers) or 1.0, self._patience.asked_seconds))

    def _call(self, method: str, path: str, body: Any = None, *, token: str | None, key: str | None = None) -> Any:
        if token is None:
            return self._as_person(method, path, body, key=key)
        return self._api.call(method, f"/api/v1{path}", body, token=token, key=key)


def _photo(path: Path) -> Photo:
    try:
        return look(path)
    except NotAPhoto as none:
        raise DarkroomError(f"{path} {none.reason}") from None


def _target(wire: dict[str, Any]) -> Target:
    return Target.of({**wire, "storage_key": wire["upload_id"], "expires_in": _URL_SECONDS})


def _pauses() -> Iterator[float]:
    """Longer and longer, up to a few seconds, without an end."""
    pause = _FIRST_LOOK
    while True:
        yield pause
        pause = min(pause * _LOOKS_GROW, _LAST_LOOK)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"detail": f"The download was refused ({answer.status_code})."}
