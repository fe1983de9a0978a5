"""The platform's part for old photos, as a client sees it: sessions and orders with tokens of their own, and a payment
page that a test presses by `server.pay(order_id)`."""

import re
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

from tests.fakes.public_api import Answer, Problem, PublicApi

_PRICE = 900


class RestoringApi(PublicApi):
    def __init__(self) -> None:
        super().__init__()
        self.uploads: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.bad: set[str] = set()
        """Names of files that turn out to be none."""
        self.looks = 0
        """So often a session is looked at before its files have been looked into, and an order before it is over."""
        self.packing = 0
        """So often a ZIP is asked for before it is there."""
        self.links: dict[str, str] = {}
        self.mailed: list[str] = []

    def pay(self, order_id: str) -> None:
        order = self.orders[order_id]
        order |= {"status": "processing", "payment_status": "paid", "checkout_url": None, "looks": self.looks}

    def _route(self, request: BaseHTTPRequestHandler, path: str, body: Any, query: dict[str, list[str]]) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for method, pattern, name in (
            ("GET", "/upload/offer", "_offer"),
            ("POST", "/upload", "_open"),
            ("GET", "/upload/([^/]+)", "_session"),
            ("POST", "/upload/([^/]+)/urls", "_renew"),
            ("POST", "/checkout", "_check_out"),
            ("GET", "/orders", "_orders"),
            ("POST", "/orders/lookup", "_look_up"),
            ("GET", "/orders/([^/]+)", "_order"),
            ("POST", "/orders/([^/]+)/downloads", "_link"),
            ("GET", "/download/([^/]+)", "_follow"),
        ):
            found = re.fullmatch(pattern, path)
            if found and method == request.command:
                answer: Answer = getattr(self, name)(token, body, *found.groups())
                return answer
        return super()._route(request, path, body, query)

    def _offer(self, _token: str, _body: Any) -> Answer:
        return Answer(200, {"price_cents": _PRICE, "currency": "usd"})

    def _place(self, file: dict[str, Any]) -> dict[str, Any]:
        target = self._target(file)
        file["key"] = target["storage_key"]
        return {"upload_id": file["upload_id"], **{name: target[name] for name in ("url", "method", "headers")}}

    def _open(self, _token: str, body: Any) -> Answer:
        session, token = str(uuid4()), f"session-{uuid4()}"
        files = [{**file, "upload_id": str(uuid4())} for file in body["files"]]
        self.uploads[session] = {"token": token, "files": files, "looks": self.looks}
        places = [self._place(file) for file in files]
        document = {"session_id": session, "session_token": token, "uploads": places, "expires_at": "tomorrow"}
        return Answer(201, document)

    def _opened(self, token: str, session: str) -> dict[str, Any]:
        found = self.uploads.get(session)
        if found is None or found["token"] != token:
            raise Problem(404)
        return found

    def _session(self, token: str, _body: Any, session: str) -> Answer:
        found = self._opened(token, session)
        found["looks"] -= 1
        is_looked_into = found["looks"] < 0
        files = [
            {
                "upload_id": file["upload_id"],
                "filename": file["filename"],
                "status": "pending" if not is_looked_into else "invalid" if file["filename"] in self.bad else "valid",
                "reason": "It is not a photo." if is_looked_into and file["filename"] in self.bad else None,
            }
            for file in found["files"]
        ]
        return Answer(200, {"session_id": session, "expires_at": "tomorrow", "files": files})

    def _renew(self, token: str, body: Any, session: str) -> Answer:
        files = {file["upload_id"]: file for file in self._opened(token, session)["files"]}
        return Answer(200, {"uploads": [self._place(files[upload_id]) for upload_id in body["upload_ids"]]})

    def _check_out(self, token: str, body: Any) -> Answer:
        session = self._opened(body["session_token"], body["session_id"])
        assert all(file["key"] in self.objects for file in session["files"])
        is_signed_in = token in self._access
        if body["pay_with"] == "credits" and not is_signed_in:
            raise Problem(401)
        order_id, order_token = str(uuid4()), f"order-{uuid4()}"
        valid = [file for file in session["files"] if file["filename"] not in self.bad]
        page = None if body["pay_with"] == "credits" else f"{self.url}/pay/{order_id}"
        self.orders[order_id] = {
            "id": order_id,
            "token": order_token,
            "is_the_persons": is_signed_in,
            "status": "pending_payment",
            "payment_status": "unpaid",
            "checkout_url": page,
            "names": [file["filename"] for file in valid],
            "looks": self.looks,
            "asked": body,
        }
        if page is None:
            self.pay(order_id)
        return Answer(200, {"order_id": order_id, "order_token": order_token, "checkout_url": page})

    def _may_see(self, token: str, order_id: str) -> dict[str, Any]:
        order = self.orders.get(order_id)
        if not token:
            raise Problem(401)
        if order is None or (token != order["token"] and not (order["is_the_persons"] and token in self._access)):
            raise Problem(404)
        return order

    def _order(self, token: str, _body: Any, order_id: str) -> Answer:
        order = self._may_see(token, order_id)
        if order["status"] == "processing":
            order["looks"] -= 1
            if order["looks"] < 0:
                order["status"] = "completed"
        return Answer(200, self._document(order))

    def _document(self, order: dict[str, Any]) -> dict[str, Any]:
        over = order["status"] == "completed"
        images = [
            {
                "id": f"{order['id']}-{at}",
                "filename": name,
                "status": "completed" if over else "pending",
                "progress": 100 if over else 0,
                "error": None,
            }
            for at, name in enumerate(order["names"])
        ]
        return {
            **{name: order[name] for name in ("id", "status", "payment_status", "checkout_url")},
            "currency": "usd",
            "total_cents": _PRICE * len(images),
            "refunded_cents": 0,
            "images": images,
            "a field of tomorrow": True,
        }

    def _orders(self, token: str, _body: Any) -> Answer:
        if token not in self._access:
            raise Problem(401)
        items = [
            {
                **self._document(order),
                "image_count": len(order["names"]),
                "completed_count": len(order["names"]) if order["status"] == "completed" else 0,
                "created_at": "2026-11-26T12:00:00Z",
            }
            for order in self.orders.values()
            if order["is_the_persons"]
        ]
        return Answer(200, {"items": items, "next_cursor": None})

    def _look_up(self, _token: str, body: Any) -> Answer:
        self.mailed.append(body["email"])
        return Answer(202, {"status": "accepted"})

    def _link(self, token: str, body: Any, order_id: str) -> Answer:
        order = self._may_see(token, order_id)
        if order["status"] != "completed":
            raise Problem(409, "This order is not completed.")
        link = f"link-{uuid4()}"
        self.links[link] = f"{order_id}.zip"
        self.objects[f"{order_id}.zip"] = f"restored {body.get('image_ids', 'all')}".encode() * 3_000
        return Answer(201, {"token": link, "url": f"{self.url}/api/v1/download/{link}", "max_downloads": 10})

    def _follow(self, _token: str, _body: Any, link: str) -> Answer:
        if link not in self.links:
            raise Problem(403, "This link is not valid any more.")
        self.packing -= 1
        if self.packing >= 0:
            return Answer(202, content=b"", headers={"retry-after": "0"})
        return Answer(302, content=b"", headers={"location": f"{self.url}/{self.links[link]}"})
