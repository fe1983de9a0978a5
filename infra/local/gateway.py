"""The one address of the stack: the API, the WebSocket API, the web app and the console behind one port."""

import asyncio
from http import HTTPStatus

from infra.local import asgi
from infra.local.environments import PAYLOAD_MAX, Environments

API_PREFIX = "/api/"
CONSOLE_PREFIX = "/_local"
INVOKE_PATH = "/_local/invoke/"

_START_SECONDS = 60
_STARTING = "The stack is starting."


class Invocations:
    """Where the emulator sends every invocation of a function: queues, rules, schedules, sockets.

    It begins with those as soon as it runs, before the stack is `ready`. They wait for that: a batch of a queue that
    fails here is not seen again for the queue's whole visibility timeout.
    """

    def __init__(self, environments: Environments, token: str, ready: asyncio.Event) -> None:
        self._environments = environments
        self._token = token
        self._ready = ready

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        name = asgi.header(scope, "x-amzn-lambda-function-name")
        if scope["path"] != INVOKE_PATH + self._token:
            await asgi.respond(send, *_no_such_function())
            return
        try:
            event = await asgi.read_body(receive, PAYLOAD_MAX)
        except asgi.ClientGone:
            return
        except asgi.BodyTooLarge:
            await asgi.respond(send, *asgi.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The event exceeds 6 MB."))
            return
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            await asgi.respond(send, *asgi.problem(HTTPStatus.SERVICE_UNAVAILABLE, _STARTING))
            return
        if not self._environments.knows(name):
            await asgi.respond(send, *_no_such_function())
            return
        outcome = await self._environments.invoke(name, event, asgi.header(scope, "x-amzn-trace-id"))
        status = HTTPStatus.OK if outcome.error is None else HTTPStatus.INTERNAL_SERVER_ERROR
        await asgi.respond(send, status, [("content-type", "application/json")], outcome.body)


def _no_such_function() -> tuple[int, list[tuple[str, str]], bytes]:
    return asgi.problem(HTTPStatus.NOT_FOUND, "There is no such function.")


class Gateway:
    """Sends each request to the part that answers it."""

    def __init__(
        self,
        *,
        api: asgi.Application,
        websocket: asgi.Application,
        website: asgi.Application,
        console: asgi.Application,
        invocations: asgi.Application,
        hosts: frozenset[str],
        ready: asyncio.Event,
    ) -> None:
        self._api = api
        self._websocket = websocket
        self._website = website
        self._console = console
        self._invocations = invocations
        self._hosts = hosts
        self._ready = ready

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "websocket":
            if scope["path"] in ("/ws", "/ws/"):
                await self._websocket(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return
        path: str = scope["path"]
        if path.startswith(INVOKE_PATH):
            await self._invocations(scope, receive, send)
        elif path.startswith(CONSOLE_PREFIX):
            if self._is_ours(scope):
                await self._console(scope, receive, send)
            else:
                await asgi.respond(
                    send, *asgi.problem(HTTPStatus.FORBIDDEN, "The console answers to this machine only.")
                )
        elif path.startswith(API_PREFIX):
            if self._ready.is_set():
                await self._api(scope, receive, send)
            else:
                await asgi.respond(send, *asgi.problem(HTTPStatus.SERVICE_UNAVAILABLE, _STARTING))
        else:
            await self._website(scope, receive, send)

    def _is_ours(self, scope: asgi.Scope) -> bool:
        """No page of another site may drive the console, by its own requests or through a name that it points here."""
        origin = asgi.header(scope, "origin")
        foreign = bool(origin) and origin.removeprefix("http://") not in self._hosts
        return asgi.header(scope, "host") in self._hosts and not foreign
