"""Making a product's app and its Lambda handler."""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from darkroom import ids, log
from darkroom.http import problems
from darkroom.http.route import TransactionRoute

PREFIX = "/api/v1"

_JSON_TYPES = ("application/json", problems.MEDIA_TYPE)

_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class App(FastAPI):
    """FastAPI that gives each request its id, and answers with and without a trailing slash alike."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        event: dict[str, Any] = scope.get("aws.event") or {}
        request_id = event.get("requestContext", {}).get("requestId") or str(ids.new_id())
        scope["darkroom.request_id"] = request_id
        scope["path"] = scope["path"].rstrip("/") or "/"
        _bind(scope, request_id)

        began, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _completed(message.get("headers", ()), request_id)
            await send(message)

        await super().__call__(scope, receive, send_with_id)
        log.info("http.answered", status=status, milliseconds=round((time.perf_counter() - began) * 1000, 1))

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            from darkroom.http.openapi import with_problems

            self.openapi_schema = with_problems(super().openapi())
        return self.openapi_schema


def create_app(title: str, routers: Sequence[APIRouter] = ()) -> App:
    """A product's app with the routes of `routers`, which `router` makes so that they keep the conventions.

    The routes are taken over as they are: FastAPI's `include_router` would build each of them a second time, at the
    first request.
    """
    app = App(
        title=title,
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        telemetry=_NO_TELEMETRY,
        exception_handlers={HTTPException: _answer_failure, Exception: _answer_failure},
    )
    for each in routers:
        for route in each.routes:
            if not isinstance(route, TransactionRoute):
                raise TypeError(f"{route} is not a TransactionRoute: make its router with darkroom.http.router")
            app.router.routes.append(route)
    return app


def router(prefix: str = "", **options: Any) -> APIRouter:
    """A router of TransactionRoutes under /api/v1."""
    return APIRouter(prefix=PREFIX + prefix, route_class=TransactionRoute, strict_content_type=False, **options)


def lambda_handler(app: App) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler of an app. Mangum is made at the first call, so that importing costs nothing."""
    adapter: Callable[[Any, Any], dict[str, Any]] | None = None

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        nonlocal adapter
        if adapter is None:
            from mangum import Mangum

            _ensure_event_loop()
            adapter = Mangum(app, lifespan="off", text_mime_types=["text/", *_JSON_TYPES])
        with log.context(function_request_id=getattr(context, "aws_request_id", None)):
            answer = adapter(event, context)
        if not answer.get("body"):
            answer["headers"].pop("content-type", None)  # Mangum calls it JSON, and nothing is none
        return answer

    return handler


def _completed(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers of every answer. Nobody keeps an answer that does not say that it may be kept."""
    sent = [*headers, (b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
    if not any(name == b"cache-control" for name, _ in sent):
        sent.append((b"cache-control", b"no-store"))
    return sent


_loops: list[asyncio.AbstractEventLoop] = []


def _ensure_event_loop() -> None:
    """Mangum runs on the thread's event loop, which newer Pythons no longer make by themselves."""
    if not _loops:
        _loops.append(asyncio.new_event_loop())
    asyncio.set_event_loop(_loops[0])


def _bind(scope: Scope, request_id: str) -> None:
    shown = next((value for name, value in scope["headers"] if name == b"x-correlation-id"), b"")
    text = shown.decode("latin-1")
    log.bind(
        request_id=request_id,
        correlation_id=text if _CORRELATION.fullmatch(text) else request_id,
        route=f"{scope['method']} {log.without_tokens(scope['path'])}",
    )


async def _answer_failure(request: Request, failure: Exception) -> Response:
    if isinstance(failure, HTTPException) and failure.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        failure.headers = {"Allow": _allowed(request)}
    return problems.respond(request, failure)


def _allowed(request: Request) -> str:
    """Every method of an address: Starlette names those of the first of its routes alone."""
    routes = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in routes for method in route.methods}))
