"""The route class: who is calling, then the body, then one transaction, committed before the answer leaves.

FastAPI ends `yield` dependencies after the answer was sent, and Mangum then only logs: a COMMIT that fails there would
already have answered 200. So the unit of work belongs to the route (ADR 0002).
"""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, NoReturn

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from darkroom import db, idempotency, log
from darkroom.errors import BadRequest, FieldError, InternalError, TooLarge, UnsupportedMediaType
from darkroom.http import problems
from darkroom.http.guards import admit_all, guards_of
from darkroom.settings import settings

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_INTEGER_MAX = 2**63 - 1
_NO_BODY = frozenset({b"", b"{}", b"null"})  # what clients send that always send something
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


async def _unit_of_work(request: Request) -> db.Tx:
    tx: db.Tx = request.scope["darkroom.tx"]
    return tx


TxDep = Annotated[db.Tx, Depends(_unit_of_work)]
"""The request's unit of work: a transaction where the method may write, single statements where it reads."""


class TransactionRoute(APIRoute):
    """Every route of every product."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        guards = guards_of(self.dependant)
        takes_json = self.body_field is not None
        takes_body = takes_json or "requestBody" in (self.openapi_extra or {})

        async def answer(request: Request) -> Response:
            def fail(failure: Exception) -> Response:
                if isinstance(failure, _Refused):
                    return failure.response
                return problems.respond(request, failure)

            try:
                admit_all(request, guards)
                strict = StrictRequest(request.scope, request.receive)
                await _check_body(strict, takes_body=takes_body, takes_json=takes_json)
                if request.method == "POST" and idempotency.HEADER in request.headers:
                    return await idempotency.once(strict, lambda claim: _perform(handle, strict, claim), fail)
                return await _perform(handle, strict)
            except Exception as failure:  # noqa: BLE001 - every failure is answered, none escapes to Mangum
                return fail(failure)

        return answer


async def _perform(handle: Handler, request: Request, claim: idempotency.Claim | None = None) -> Response:
    """The route in its unit of work. Only a success is committed, together with its answer where one is to be kept."""
    tx = request.scope["darkroom.tx"] = db.Tx(writes=request.method not in _READS)
    try:
        response = await handle(request)
        _check_size(request, response)
        _check_success(response)
        if claim is not None:
            claim.keep(tx, response)
    except BaseException:
        tx.rollback()
        raise
    tx.commit()
    return response


def _check_success(response: Response) -> None:
    if response.status_code >= 400:
        raise _Refused(response)


class _Refused(Exception):
    """A route returned an error instead of raising one."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class StrictRequest(Request):
    """JSON as the RFC and the database have it: no `NaN` or `Infinity`, integers of 64 bits, and texts that are
    Unicode without NUL."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            body = await self.body()
            document = json.loads(body, parse_constant=_refuse_constant, parse_int=_bounded)
            if b"\\u" in body and not _is_clean(document):
                _refuse("A text holds what no text can hold")
            self._json = document
        return self._json


def _refuse(why: str) -> NoReturn:
    raise json.JSONDecodeError(why, "", 0)


def _refuse_constant(name: str) -> NoReturn:
    _refuse(f"{name} is no number")


def _bounded(digits: str) -> int:
    number = int(digits)
    return number if -_INTEGER_MAX <= number <= _INTEGER_MAX else _refuse("A number has more than 64 bits")


def _is_clean(value: Any) -> bool:
    """Whether every text can be stored and answered: escapes can spell NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return "\x00" not in value and value == value.encode(errors="ignore").decode()
    if isinstance(value, dict):
        return all(_is_clean(key) and _is_clean(item) for key, item in value.items())
    return all(map(_is_clean, value)) if isinstance(value, list) else True


async def _check_body(request: Request, *, takes_body: bool, takes_json: bool) -> None:
    """Refuse what is too large, of another kind, or nothing that this address takes, before it is parsed."""
    limit = settings().request_bytes_max
    announced = request.headers.get("content-length", "")
    if (announced.isdecimal() and int(announced) > limit) or len(await request.body()) > limit:
        raise TooLarge(f"A request may have {limit} bytes at most.")
    if b"%00" in request.scope["query_string"] or b"\x00" in request.scope["query_string"]:
        raise BadRequest(fields=[FieldError("query", "Text may not hold the character U+0000.")])
    if not takes_body and (await request.body()).strip() not in _NO_BODY:
        raise BadRequest("This address takes no body.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if takes_json and media_type and not _is_json(media_type) and await request.body():
        raise UnsupportedMediaType("Send the body as application/json.")


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _check_size(request: Request, response: Response) -> None:
    """Lambda refuses answers over 6 MB; a list that grows past 4 MB is a mistake of ours, not the caller's."""
    limit, body = settings().answer_bytes_max, getattr(response, "body", None)
    if body is None:
        raise InternalError from TypeError("a streaming answer cannot leave a Lambda behind this API")
    if len(body) > limit:
        log.error("http.answer_too_large", path=log.without_tokens(request.url.path), size=len(body), limit=limit)
        raise InternalError
