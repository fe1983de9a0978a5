"""Every error becomes a problem+json answer here, and nothing internal gets into one."""

from typing import Any

import psycopg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from darkroom import errors, log
from darkroom.errors import FieldError, Problem

MEDIA_TYPE = "application/problem+json"

# Where pydantic speaks to programmers.
_WORDS = {
    "extra_forbidden": "This field is not known here.",
    "dict_type": "This should be an object.",
    "model_type": "This should be an object.",
    "model_attributes_type": "This should be an object.",
}

_BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        errors.BadRequest,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.TooLarge,
        errors.UnsupportedMediaType,
    )
}


def request_id(request: Request) -> str:
    """The id of this request: API Gateway's where there is one."""
    found: str = request.scope.get("darkroom.request_id", "")
    return found


def problem_of(failure: Exception) -> Problem:
    """The problem that tells the caller of `failure`. What is ours is logged, and only said to be ours."""
    if isinstance(failure, Problem):
        if failure.status >= 500:
            log.exception("http.failed", failure.__cause__ or failure, status=failure.status)
        return failure
    if isinstance(failure, RequestValidationError):
        return _invalid(failure)
    if isinstance(failure, HTTPException):
        if isinstance(failure.__cause__, Problem):
            return problem_of(failure.__cause__)  # FastAPI wraps what is raised while it reads the body
        return _BY_STATUS.get(failure.status_code, errors.BadRequest)(headers=failure.headers)
    if isinstance(failure, psycopg.OperationalError):  # a deadlock, a timeout, no connection to be had
        log.exception("http.database_unavailable", failure)
        return errors.Unavailable(headers={"Retry-After": "1"})
    log.exception("http.failed", failure, status=500)
    return errors.InternalError()


def respond(request: Request, failure: Exception) -> Response:
    """The answer to a request that failed."""
    problem = problem_of(failure)
    return JSONResponse(
        problem.document(request_id(request)), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def _invalid(failure: RequestValidationError) -> Problem:
    found = failure.errors()
    if any(error["loc"][:1] == ("path",) for error in found):
        return errors.NotFound()  # a malformed id names nothing
    return errors.BadRequest(fields=[_field(error) for error in found[:100]])


def _field(error: Any) -> FieldError:
    """`body.photos.3.size`, and pydantic's words without what was sent."""
    if error["type"] == "json_invalid":
        return FieldError("body", f"This is not valid JSON: {str(error['ctx']['error'])[:100]}.")
    parts = [str(part) for part in error["loc"]]
    name = ".".join(parts[1:]) if len(parts) > 1 else parts[0]
    words = _WORDS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return FieldError(name[:200], words[:300])
