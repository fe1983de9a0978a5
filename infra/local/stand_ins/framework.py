"""What all stand-ins share: being called, remembering the calls, and failing when told to."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from infra.local import asgi
from infra.local.home import Home

PREFIX = "/_local/services/"
SERVICES = ("stripe", "replicate", "gemini", "qstash", "mail", "faces", "detector")
GENERAL_FAULTS = frozenset({"timeout", "429", "500", "garbage", "empty"})
SPECIAL_FAULTS: Mapping[str, frozenset[str]] = {
    "gemini": frozenset({"half_json", "blocked", "injection"}),
    "replicate": frozenset({"failed", "canceled", "nsfw", "lost_webhook", "worse", "other_face"}),
    "stripe": frozenset(
        {"duplicate_webhook", "lost_webhook", "late_webhook", "reordered_webhooks"}
        | {"lost_answer", "pending_refund", "failed_refund", "other_amount"}
    ),
}
_REMEMBERED = 2_000
_HANG_SECONDS = 120
_BODY_MAX = 64 * 1024 * 1024


@dataclass(frozen=True)
class Surroundings:
    """What a stand-in may know of the stack around it."""

    home: Home
    origin: str
    emulator: str
    keys: Mapping[str, str]

    def address(self, service: str) -> str:
        """Where a stand-in answers."""
        return f"{self.origin}{PREFIX}{service}"


@dataclass(frozen=True)
class Call:
    """One request to a stand-in. `fault` is a special fault that the stand-in is to act out."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    fault: str | None = None

    def json(self) -> Any:
        return json.loads(self.body or b"null")


@dataclass(frozen=True)
class Reply:
    """A stand-in's answer."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_reply(document: object, status: int = HTTPStatus.OK) -> Reply:
    return Reply(status, json.dumps(document).encode())


class StandIn(ABC):
    """A provider's double."""

    service: str
    own_faults: frozenset[str] = frozenset()  # of what happens later than a call: taken by `take_fault`, not by a call
    desk: "Desk | None" = None

    @abstractmethod
    async def answer(self, call: Call) -> Reply:
        """What the provider would answer."""

    def can_fail(self, path: str) -> bool:  # noqa: ARG002 - most answer their provider's API and nothing else
        """Whether a call to this path uses up a planned fault."""
        return True

    def fail(self, fault: str) -> Reply:
        """One of the general faults, in the provider's words where it has some."""
        return _act_out(fault)

    def take_fault(self, among: frozenset[str]) -> str | None:
        """The next planned fault of these, which is then used up."""
        return self.desk.take_fault(self.service, among) if self.desk else None

    def acts_out(self, call: Call) -> bool:  # noqa: ARG002 - most take a special fault with any call
        """Whether this call is one that the special fault it carries is meant for; else the fault waits."""
        return True

    async def run(self) -> None:  # noqa: B027 - most do nothing
        """What it does besides answering, until it is cancelled."""

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what it holds open."""

    def status(self) -> dict[str, Any]:
        """What the console should show besides the calls."""
        return {}


class UnknownFault(Exception):
    """No such fault for this service."""


class Desk:
    """Takes the calls for all stand-ins, plans faults, and keeps what was called."""

    def __init__(self, stand_ins: Iterable[StandIn]) -> None:
        self.stand_ins = {stand_in.service: stand_in for stand_in in stand_ins}
        self._calls: dict[str, deque[dict[str, Any]]] = {name: deque(maxlen=_REMEMBERED) for name in SERVICES}
        self._faults: dict[str, deque[str]] = {name: deque() for name in SERVICES}
        for stand_in in self.stand_ins.values():
            stand_in.desk = self

    def close(self) -> None:
        for stand_in in self.stand_ins.values():
            stand_in.close()

    def plan(self, service: str, faults: Iterable[str]) -> None:
        """Replace what was planned: the next calls fail in these ways, in this order."""
        planned = list(faults)
        known = GENERAL_FAULTS | SPECIAL_FAULTS.get(service, frozenset())
        for fault in planned:
            if fault not in known:
                raise UnknownFault(f"{service} has no fault {fault!r}; it has {', '.join(sorted(known))}")
        self._faults[service] = deque(planned)

    def describe(self, service: str) -> dict[str, Any]:
        stand_in = self.stand_ins.get(service)
        details = stand_in.status() if stand_in else {}
        return {"calls": list(self._calls[service]), "faults": list(self._faults[service]), **details}

    def take_fault(self, service: str, among: frozenset[str] | None = None) -> str | None:
        """The next planned fault (of these), which is then used up. Pieces that are no HTTP service here ask too."""
        found = self._next_fault(service, among)
        if found is not None:
            self._faults[service].remove(found)
        return found

    def _next_fault(self, service: str, among: frozenset[str] | None) -> str | None:
        return next((fault for fault in self._faults[service] if among is None or fault in among), None)

    def record(self, service: str, method: str, path: str, status: int) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._calls[service].append({"at": at, "method": method, "path": path, "status": status})

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        raw = scope["raw_path"].partition(b"?")[0].decode("latin-1").removeprefix(PREFIX)
        service, _, rest = raw.partition("/")
        stand_in = self.stand_ins.get(service)
        if stand_in is None:
            await asgi.respond(send, *asgi.problem(HTTPStatus.NOT_FOUND, f"There is no stand-in for {service}."))
            return
        try:
            body = await asgi.read_body(receive, _BODY_MAX)
        except (asgi.BodyTooLarge, asgi.ClientGone):
            return
        path = "/" + rest
        known = GENERAL_FAULTS | SPECIAL_FAULTS.get(service, frozenset())
        planned = self._next_fault(service, known - stand_in.own_faults) if stand_in.can_fail(path) else None
        call = Call(
            method=scope["method"],
            path=path,
            query=parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
            fault=planned,
        )
        if planned is not None and planned not in GENERAL_FAULTS and not stand_in.acts_out(call):
            call = replace(call, fault=None)
        fault = self.take_fault(service, frozenset({call.fault})) if call.fault else None
        if fault == "timeout":
            self.record(service, call.method, call.path, 0)
            await _hang(receive)
            return
        reply = stand_in.fail(fault) if fault is not None and fault in GENERAL_FAULTS else await stand_in.answer(call)
        self.record(service, call.method, call.path, reply.status)
        headers = [("content-type", reply.content_type), *reply.headers]
        await asgi.respond(send, reply.status, headers, reply.body)


async def _hang(receive: asgi.Receive) -> None:
    """Say nothing until the caller gives up."""
    try:
        async with asyncio.timeout(_HANG_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def _act_out(fault: str) -> Reply:
    if fault == "429":
        return Reply(429, b'{"error": "too many requests"}', headers=(("retry-after", "1"),))
    if fault == "500":
        return Reply(500, b'{"error": "internal"}')
    if fault == "garbage":
        return Reply(200, b"\x00\xff<html>not what you asked for")
    return Reply(200, b"")
