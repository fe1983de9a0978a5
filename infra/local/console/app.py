"""The console's addresses: one page, and the JSON it is made of (conventions: "The local console's JSON")."""

import asyncio
import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from infra.local import asgi
from infra.local.console import firing, views
from infra.local.deployed import Deployed
from infra.local.environments import Environments, Function
from infra.local.home import Home
from infra.local.logs import Logs
from infra.local.mailbox import Mailbox
from infra.local.stand_ins.framework import SERVICES, Desk, UnknownFault

_PAGE = Path(__file__).with_name("page.html")
_LOG_LINES = 200
# A mail is somebody else's HTML: it may look like itself and do nothing.
_MAIL_POLICY = "sandbox allow-popups; default-src 'none'; img-src * data:; style-src 'unsafe-inline'"


class _Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, default=str, ensure_ascii=False).encode()


def _problem(status: HTTPStatus, detail: str) -> Response:
    code, headers, body = asgi.problem(status, detail)
    return Response(body, code, dict(headers))


async def _failed(_request: Request, failure: Exception) -> Response:
    """What nobody answered: another method, another address, a bug. Problems too, as everywhere."""
    if not isinstance(failure, HTTPException):
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong: the stack's terminal says what.")
    answer = _problem(HTTPStatus(failure.status_code), failure.detail)
    answer.headers.update(failure.headers or {})
    return answer


class Console:
    """Reads everywhere, changes little: faults, redrives, firing a schedule."""

    def __init__(
        self, *, home: Home, endpoint: str, database: str, environments: Environments, desk: Desk, logs: Logs
    ) -> None:
        self._endpoint = endpoint
        self._database = database
        self._environments = environments
        self._desk = desk
        self._logs = logs
        self._mailbox = Mailbox(home.mails)
        self._deployed: Deployed | None = None
        self._names: views.Names
        self._app = Starlette(
            routes=[
                Route("/_local", self._page),
                Route("/_local/mails", self._mails),
                Route("/_local/mails/{mail_id}", self._mail),
                Route("/_local/queues", self._queues),
                Route("/_local/queues/{name}", self._queue),
                Route("/_local/queues/{name}/redrive", self._redrive, methods=["POST"]),
                Route("/_local/events", self._events),
                Route("/_local/schedules", self._schedules),
                Route("/_local/schedules/{name}/fire", self._fire, methods=["POST"]),
                Route("/_local/jobs", self._jobs),
                Route("/_local/alarms", self._alarms),
                Route("/_local/logs", self._log_lines),
                Route("/_local/stand-ins", self._stand_ins),
                Route("/_local/stand-ins/{service}", self._stand_in),
                Route("/_local/stand-ins/{service}/faults", self._faults, methods=["POST"]),
                Mount("/_local/services", app=self._desk_call),
            ],
            exception_handlers={HTTPException: _failed, Exception: _failed},
        )
        self._app.router.redirect_slashes = False

    def deploy(self, deployed: Deployed) -> None:
        self._names = views.Names(deployed)
        self._deployed = deployed

    @property
    def functions(self) -> list[Function]:
        return self._stack.functions

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        await self._app({**scope, "path": scope["path"].rstrip("/")}, receive, send)

    async def _desk_call(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        await self._desk(scope, receive, send)

    @property
    def _stack(self) -> Deployed:
        if self._deployed is None:
            raise RuntimeError("the stack is still starting")
        return self._deployed

    async def _page(self, _request: Request) -> Response:
        return HTMLResponse(_PAGE.read_text(), headers={"cache-control": "no-store"})

    async def _mails(self, _request: Request) -> Response:
        return _Json(await asyncio.to_thread(self._mailbox.newest_first))

    async def _mail(self, request: Request) -> Response:
        wanted = request.path_params["mail_id"]
        for mail in await asyncio.to_thread(self._mailbox.newest_first):
            if mail["id"] == wanted:
                return HTMLResponse(mail["html"], headers={"content-security-policy": _MAIL_POLICY})
        return _problem(HTTPStatus.NOT_FOUND, "There is no such mail.")

    async def _queues(self, _request: Request) -> Response:
        return _Json(await views.queues(self._endpoint, self._stack, self._names))

    async def _queue(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = await views.queue_messages(self._endpoint, self._stack, self._names, name)
        return _Json(found) if found is not None else _problem(HTTPStatus.NOT_FOUND, "There is no such queue.")

    async def _redrive(self, request: Request) -> Response:
        name = request.path_params["name"]
        moved = await asyncio.to_thread(views.redrive, self._endpoint, self._stack, self._names, name)
        if moved is None:
            return _problem(HTTPStatus.NOT_FOUND, "There is no such queue with dead letters.")
        return _Json({"moved": moved})

    async def _events(self, _request: Request) -> Response:
        return _Json(await views.events(self._endpoint))

    async def _schedules(self, _request: Request) -> Response:
        return _Json(await views.schedules(self._endpoint, self._names))

    async def _fire(self, request: Request) -> Response:
        name = request.path_params["name"]
        known = await views.schedules(self._endpoint, self._names)
        schedules = firing.named(known, name)
        if not schedules:
            return _problem(HTTPStatus.NOT_FOUND, "There is no such schedule.")
        result = await firing.fire_all(schedules, self._environments, self._endpoint)
        return _Json(result, HTTPStatus.OK if result["error"] is None else HTTPStatus.BAD_GATEWAY)

    async def _jobs(self, _request: Request) -> Response:
        return _Json(await asyncio.to_thread(views.jobs, self._database))

    async def _alarms(self, _request: Request) -> Response:
        return _Json(await asyncio.to_thread(views.alarms, self._endpoint))

    async def _log_lines(self, request: Request) -> Response:
        return _Json(self._logs.find(request.query_params.get("id", ""), _LOG_LINES))

    async def _stand_ins(self, _request: Request) -> Response:
        return _Json([{"service": service, **self._desk.describe(service)} for service in SERVICES])

    async def _stand_in(self, request: Request) -> Response:
        service = request.path_params["service"]
        if service not in SERVICES:
            return _problem(HTTPStatus.NOT_FOUND, "There is no such service.")
        return _Json(self._desk.describe(service))

    async def _faults(self, request: Request) -> Response:
        service = request.path_params["service"]
        if service not in SERVICES:
            return _problem(HTTPStatus.NOT_FOUND, "There is no such service.")
        try:
            match await request.json():
                case {"next": [*faults]}:
                    self._desk.plan(service, map(str, faults))
                case _:
                    raise ValueError("not a plan")  # noqa: TRY301 - one way out of every bad plan
        except UnknownFault as unknown:
            return _problem(HTTPStatus.BAD_REQUEST, str(unknown))
        except (ValueError, RecursionError):
            return _problem(HTTPStatus.BAD_REQUEST, 'Send {"next": ["timeout", "500", …]}.')
        return _Json(self._desk.describe(service))
