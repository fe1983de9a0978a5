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

    @abstractmethod
    async def answer(self, call: Call) -> Reply:
        """What the provider would answer."""

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

    def take_fault(self, service: str) -> str | None:
        """The next planned fault, which is then used up. For pieces that are no HTTP service of this desk."""
        return self._faults[service].popleft() if self._faults[service] else None

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
        call = Call(
            method=scope["method"],
            path="/" + rest,
            query=parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
            fault=next(iter(self._faults[service]), None),
        )
        if call.fault is not None and call.fault not in GENERAL_FAULTS and not stand_in.acts_out(call):
            call = replace(call, fault=None)
        fault = self.take_fault(service) if call.fault else None
        if fault == "timeout":
            self.record(service, call.method, call.path, 0)
            await _hang(receive)
            return
        reply = _act_out(fault) if fault in GENERAL_FAULTS else await stand_in.answer(call)
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


def _act_out(fault: str | None) -> Reply:
    if fault == "429":
        return Reply(429, b'{"error": "too many requests"}', headers=(("retry-after", "1"),))
    if fault == "500":
        return Reply(500, b'{"error": "internal"}')
    if fault == "garbage":
        return Reply(200, b"\x00\xff<html>not what you asked for")
    return Reply(200, b"")
