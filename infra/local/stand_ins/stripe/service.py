"""The stand-in itself: who may ask, answers that are repeated, and the time that passes."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any

from infra.local.stand_ins.framework import Call, Reply, StandIn, Surroundings, json_reply
from infra.local.stand_ins.stripe import api, checkout, clock, dashboard, forms, objects, outbox, payments, returns
from infra.local.stand_ins.stripe.books import NO_REQUEST, Books, Request, open_books
from infra.local.stand_ins.stripe.deliveries import Messenger
from infra.local.stand_ins.stripe.outbox import Outbox
from infra.local.stand_ins.stripe.refused import Failed, Refused
from infra.local.stand_ins.stripe.store import Store

_KEY_SECONDS = 86_400
_KEY_LENGTH = 255
_VERSION = re.compile(r"\d{4}-\d\d-\d\d(\.\w+)?")
_WEBHOOKS = "/api/v1/webhooks/stripe"


class Stripe(StandIn):
    """The part of Stripe that takes payments."""

    service = "stripe"
    own_faults = outbox.FAULTS | returns.REFUND_FAULTS | payments.OTHER_AMOUNT

    def __init__(self, surroundings: Surroundings) -> None:
        self._key = surroundings.keys.get("stripe_secret_key", "")
        self._pages = surroundings.address(self.service)
        self._store = Store(surroundings.home.root / "stripe.sqlite")
        self._outbox = Outbox(self._store)
        address = surroundings.origin + _WEBHOOKS
        self._messenger = Messenger(self._outbox, address, surroundings.keys.get("stripe_webhook_secret", ""))
        self._timer_set = asyncio.Event()

    def close(self) -> None:
        self._store.close()

    def status(self) -> dict[str, Any]:
        return {"dashboard": f"{self._pages}/dashboard", "webhooks": self._outbox.newest(100)}

    def can_fail(self, path: str) -> bool:
        """The API fails when it is told to; pages that a person looks at do not use the plan up."""
        return path.startswith("/v1/")

    def fail(self, fault: str) -> Reply:
        """In the form in which Stripe fails."""
        if fault == "429":
            refused = Refused("Too many requests hit the API too quickly.", status=429, code="rate_limit")
            return json_reply(refused.document, refused.status)
        if fault == "500":
            refused = Refused("An unknown error occurred.", status=500, kind="api_error")
            return json_reply(refused.document, refused.status)
        return super().fail(fault)

    async def answer(self, call: Call) -> Reply:
        self._pass_time()
        try:
            if call.path.startswith("/pay/"):
                return checkout.answer(self._open, call)
            if call.path == "/dashboard" or call.path.startswith("/dashboard/"):
                return dashboard.answer(self._open, self._outbox, call)
            reply = self._api(call)
            return self.fail("500") if call.fault == "lost_answer" else reply
        finally:
            self._messenger.wake.set()
            self._timer_set.set()

    def _open(self, request: Request = NO_REQUEST) -> AbstractContextManager[Books]:
        return open_books(self._store, pages=self._pages, take_fault=self.take_fault, request=request)

    # --- the API ---

    def _api(self, call: Call) -> Reply:
        request_id = objects.identifier("req", 14)
        version = call.headers.get("stripe-version", objects.API_VERSION)
        headers = [("request-id", request_id), ("stripe-version", version)]
        try:
            self._admit(call, version)
            if key := _idempotency_key(call):
                headers.append(("idempotency-key", key))
                status, document, original = self._once(call, key, request_id)
                if original != request_id:
                    headers += [("idempotent-replayed", "true"), ("original-request", original)]
            else:
                status, document = HTTPStatus.OK, self._do(call, {**NO_REQUEST, "id": request_id})
        except Refused as refused:
            status, document = HTTPStatus(refused.status), refused.document
        return Reply(status, json.dumps(document).encode(), headers=tuple(headers))

    def _admit(self, call: Call, version: str) -> None:
        shown = _shown_key(call.headers.get("authorization", ""))
        if not shown:
            raise Refused("You did not provide an API key.", status=HTTPStatus.UNAUTHORIZED)
        if not self._key or not hmac.compare_digest(shown.encode(), self._key.encode()):
            hidden = f"{shown[:8]}{'*' * 8}{shown[-4:]}"
            raise Refused(f"Invalid API Key provided: {hidden}", status=HTTPStatus.UNAUTHORIZED)
        if not _VERSION.fullmatch(version):
            raise Refused(f"Invalid Stripe API version: {version}")

    def _once(self, call: Call, key: str, request_id: str) -> tuple[HTTPStatus, Any, str]:
        """What this key's first request was answered. A request that says something else is no repeat.

        What was refused before anything was tried is not kept, so that it can be mended under the same key.
        """
        until = clock.now() + _KEY_SECONDS
        asked = hashlib.sha256(f"{call.method} {call.path}\n".encode() + call.body).hexdigest()
        kept = self._store.answer(key, clock.now())
        if kept is not None:
            first, status, body, original = kept
            if first != asked:
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters they were first used"
                    f" with. Try using a key other than '{key}' if you meant to execute a different request.",
                    kind="idempotency_error",
                )
            return HTTPStatus(status), json.loads(body), original
        try:
            # The answer and what it tells of are kept together: a kill between them would pay twice.
            with self._open({"id": request_id, "idempotency_key": key}) as books:
                document = self._do_on(books, call)
                self._store.keep_answer(key, (asked, HTTPStatus.OK, json.dumps(document), request_id), until)
        except Failed as failed:
            self._store.keep_answer(key, (asked, failed.status, json.dumps(failed.document), request_id), until)
            return HTTPStatus(failed.status), failed.document, request_id
        return HTTPStatus.OK, document, request_id

    def _do(self, call: Call, request: Request) -> dict[str, Any]:
        with self._open(request) as books:
            return self._do_on(books, call)

    @staticmethod
    def _do_on(books: Books, call: Call) -> dict[str, Any]:
        route, ids = api.find(call.method, call.path)
        pairs = [(name, value) for name, values in call.query.items() for value in values]
        try:
            given = forms.tree(pairs) | forms.read(call.body.decode())
        except UnicodeDecodeError:
            raise Refused("Invalid request: the body is not UTF-8.") from None
        return route(api.Asked(books, call.path, ids, given))

    # --- the time ---

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._messenger.run())
            tasks.create_task(self._keep_time())

    async def _keep_time(self) -> None:
        while True:
            self._timer_set.clear()
            self._pass_time()
            following = self._store.next_timer()
            waiting = None if following is None else max(0.01, following - clock.now())
            try:
                await asyncio.wait_for(self._timer_set.wait(), waiting)
            except TimeoutError:
                continue

    def _pass_time(self) -> None:
        """Do what is due: sessions expire, delayed payments and refunds come to their end."""
        while True:
            try:
                with self._open() as books:
                    due = self._store.take_due_timer(clock.now())
                    if due is None:
                        return
                    _act(books, *due)
            except Failed:  # somebody was faster: there is nothing left to do
                with self._store.transaction():
                    self._store.take_due_timer(clock.now())
            self._messenger.wake.set()


def _act(books: Books, act: str, subject: str) -> None:
    if act == returns.BOUNCE:
        returns.bounce(books, books.get("refund", subject))
    elif act == returns.ARRIVE:
        returns.arrive(books, books.get("refund", subject))
    elif act == payments.EXPIRE:
        payments.expire(books, books.get("checkout.session", subject))
    else:
        payments.settle(books, books.get("checkout.session", subject), arrived=act == payments.ARRIVED)


def _shown_key(authorization: str) -> str:
    """As a bearer's token, or as the name of basic authentication."""
    scheme, _, shown = authorization.partition(" ")
    if scheme.lower() != "basic":
        return shown
    try:
        return base64.b64decode(shown).decode("latin-1").partition(":")[0]
    except ValueError:
        return ""


def _idempotency_key(call: Call) -> str:
    key = call.headers.get("idempotency-key", "") if call.method == "POST" else ""
    if len(key) > _KEY_LENGTH:
        raise Refused(f"Idempotency keys can have up to {_KEY_LENGTH} characters.", kind="idempotency_error")
    return key
