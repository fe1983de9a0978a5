"""Makes ministack forward every invocation of a function to the supervisor's execution environments.

ministack has the forwarding built in, by a variable of each function's environment. Two of its ways around that are
closed here: WebSocket routes and the snapshots of SnapStart start a worker of their own. And a $connect that is refused
answers with the function's status, as API Gateway does, where ministack always says 403.

Everything that is replaced is checked to exist, so that a new version of ministack fails at the start and not at the
first message.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

from infra.local import asgi

_CONNECT = "CONNECT"
_EVENT_TYPE = 6  # its place among the arguments
_refusal: ContextVar[int | None] = ContextVar("refusal", default=None)


class _Forwarded:
    """In the place of ministack's worker."""

    def __init__(self, forward: Callable[[Any, str], dict[str, Any]]) -> None:
        self._forward = forward

    def invoke(self, event: Any, request_id: str, **_ignored: Any) -> dict[str, Any]:
        answer = self._forward(event, request_id)
        if answer.get("error"):
            return {"status": "error", "error": str(answer["body"].get("errorMessage", ""))}
        return {"status": "ok", "result": answer["body"]}


def forward(invoke_url: str) -> None:
    from ministack.core import lambda_runtime
    from ministack.services import apigateway, lambda_svc

    for owner, name in (
        (lambda_svc, "_proxy_url_for"),
        (lambda_svc, "_execute_function_proxy"),
        (lambda_svc, "ensure_spawned"),
        (lambda_runtime, "get_or_create_worker"),
        (apigateway, "_invoke_ws_lambda"),
    ):
        assert callable(getattr(owner, name)), f"ministack has no {name}"

    def worker(_name: str, config: dict[str, Any], *_args: Any, **_kwargs: Any) -> _Forwarded:
        return _Forwarded(
            lambda event, request_id: lambda_svc._execute_function_proxy(config, event, invoke_url, request_id)  # noqa: SLF001
        )

    lambda_svc._proxy_url_for = lambda _config: invoke_url  # noqa: SLF001
    lambda_svc.ensure_spawned = lambda _worker: None  # a snapshot has nothing to hold here
    lambda_runtime.get_or_create_worker = worker
    apigateway._invoke_ws_lambda = _noting_refusals(apigateway._invoke_ws_lambda)  # noqa: SLF001


def _noting_refusals(invoke: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def invoke_and_note(*args: Any, **kwargs: Any) -> Any:
        answer = await invoke(*args, **kwargs)
        if args[_EVENT_TYPE] == _CONNECT:
            _refusal.set(int((answer or {}).get("statusCode", 200)))
        return answer

    return invoke_and_note


def with_refusals(send: asgi.Send) -> asgi.Send:
    """A close before the handshake becomes an HTTP answer with the status that $connect gave."""
    accepted = False

    async def send_or_refuse(message: MutableMapping[str, Any]) -> None:
        nonlocal accepted
        accepted = accepted or message["type"] == "websocket.accept"
        status = _refusal.get()
        if message["type"] == "websocket.close" and not accepted and status is not None:
            await send({"type": "websocket.http.response.start", "status": status, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
            return
        await send(message)

    return send_or_refuse
