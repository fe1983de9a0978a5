"""The HTTP API's data plane: a request becomes an event, goes to its function, and the answer goes back."""

import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from infra.local import apigateway, asgi
from infra.local.deployed import Deployed
from infra.local.environments import PAYLOAD_MAX, Environments

_REQUEST_MAX = 10 * 1024 * 1024  # API Gateway's own; Lambda's is smaller and is held to the event
_UNAVAILABLE = frozenset({"Sandbox.Timedout", "TooManyRequestsException", "Runtime.InitError"})

Record = Callable[[dict[str, Any]], None]


class HttpApi:
    """Answers what CloudFront and API Gateway send to functions in production."""

    def __init__(self, environments: Environments, record: Record) -> None:
        self._environments = environments
        self._record = record
        self._api_id = ""
        self._table = apigateway.RouteTable([])

    def deploy(self, deployed: Deployed) -> None:
        self._api_id = deployed.http_api_id
        self._table = apigateway.RouteTable(deployed.routes)

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        started = time.perf_counter()
        request_id = str(uuid.uuid4())
        route = None
        try:
            body = await asgi.read_body(receive, _REQUEST_MAX)
        except asgi.ClientGone:
            return
        except asgi.BodyTooLarge:
            status, headers, answer = asgi.problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.", request_id
            )
        else:
            route, (status, headers, answer) = await self._answer(scope, body, request_id)
        await asgi.respond(send, status, headers, answer, head_only=scope["method"] == "HEAD")
        self._record(
            {
                "event": "gateway.request",
                "request_id": request_id,
                "method": scope["method"],
                "route": route.key if route else "",  # as API Gateway's own log: a path may hold a token
                "status": status,
                "function": route.function if route else "",
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            }
        )

    async def _answer(
        self, scope: asgi.Scope, body: bytes, request_id: str
    ) -> tuple[apigateway.Route | None, tuple[int, list[tuple[str, str]], bytes]]:
        request = apigateway.Request(
            method=scope["method"],
            path=scope["raw_path"].partition(b"?")[0].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
            body=body,
            source_ip=scope["client"][0] if scope.get("client") else "127.0.0.1",
            protocol=f"HTTP/{scope['http_version']}",
        )
        matched = self._table.match(request.method, request.path)
        if matched is None:
            return None, asgi.problem(HTTPStatus.NOT_FOUND, "There is nothing at this address.", request_id)
        route, parameters = matched
        event = apigateway.event(request, route, parameters, self._api_id, request_id)
        if len(event) > PAYLOAD_MAX:
            return None, asgi.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.", request_id)
        outcome = await self._environments.invoke(route.function, event)
        if outcome.error in _UNAVAILABLE:
            return route, asgi.problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "The service did not answer in time.", request_id
            )
        if outcome.error is not None:
            return route, asgi.problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong.", request_id)
        try:
            answer = apigateway.answer(outcome.body)
        except apigateway.BadAnswer:
            return route, asgi.problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong.", request_id)
        return route, (answer.status, answer.headers, answer.body)
