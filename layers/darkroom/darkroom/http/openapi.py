"""The OpenAPI document as these APIs behave: 400 where FastAPI would say 422, and problem+json everywhere."""

from http import HTTPStatus
from typing import Any

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_FASTAPI_SCHEMAS = ("HTTPValidationError", "ValidationError")
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def _answer(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The document with this house's errors in place of FastAPI's."""
    for path in document.get("paths", {}).values():
        for method, operation in path.items():
            if method in _METHODS:
                _correct(method, operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPI_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    return document


def _correct(method: str, operation: dict[str, Any]) -> None:
    answers: dict[str, Any] = operation.setdefault("responses", {})
    if answers.pop("422", None) is not None:
        answers.setdefault("400", _answer("The request is not valid"))
    if method == "post":
        answers.setdefault("409", _answer("Another request had this Idempotency-Key, or the first one still runs"))
    if operation.get("security"):
        answers.setdefault("401", _answer("No or bad credentials"))
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
        answers.setdefault("404", _answer("Unknown, or not yours"))
    for status, answer in answers.items():
        if status.isdecimal() and int(status) >= HTTPStatus.BAD_REQUEST:
            answers[status] = _answer(answer["description"])
    answers.setdefault("default", _answer("Any other error"))
    if method == "post":
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Makes a repeat of this request answer what the first one answered, for 24 hours.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            }
        )
