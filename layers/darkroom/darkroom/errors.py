"""What can go wrong, as the wire will say it (RFC 9457). Services raise these; the route class answers them.

`detail` is read by people: it says what to do about it and never what is inside the house.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple


class FieldError(NamedTuple):
    """One field of a request that was refused, and why."""

    field: str
    message: str


class Problem(Exception):
    """An answer other than success. `extra` adds members to the document, `fields` names what was wrong."""

    status: ClassVar[int] = 500
    default_detail: ClassVar[str] = "Something went wrong on our side. Please try again."

    def __init__(
        self,
        detail: str | None = None,
        *,
        type: str = "about:blank",  # noqa: A002 - the RFC's own word
        title: str | None = None,
        fields: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.default_detail)
        self.detail = detail or self.default_detail
        self.type = type
        self.title = title or HTTPStatus(self.status).phrase
        self.fields = tuple(fields)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def document(self, request_id: str) -> dict[str, Any]:
        """The problem+json document."""
        document: dict[str, Any] = {
            **self.extra,
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.fields:
            document["errors"] = [field._asdict() for field in self.fields]
        return document


class BadRequest(Problem):
    status = 400
    default_detail = "The request is not valid."


class Unauthorized(Problem):
    status = 401
    default_detail = "Sign in to do this: the token is missing, expired or not valid here."

    def __init__(self, detail: str | None = None, **options: Any) -> None:
        options.setdefault("headers", {"WWW-Authenticate": "Bearer"})
        super().__init__(detail, **options)


class PaymentRequired(Problem):
    status = 402
    default_detail = "There are not enough credits for this."


class Forbidden(Problem):
    status = 403
    default_detail = "You may not do this."


class NotFound(Problem):
    status = 404
    default_detail = "There is nothing here, or it is not yours."


class MethodNotAllowed(Problem):
    status = 405
    default_detail = "This address does not take that method."


class Conflict(Problem):
    status = 409
    default_detail = "This conflicts with the current state."


class Gone(Problem):
    status = 410
    default_detail = "This is no longer here."


class TooLarge(Problem):
    status = 413
    default_detail = "This is too large."


class UnsupportedMediaType(Problem):
    status = 415
    default_detail = "This kind of content is not taken here."


class TooMany(Problem):
    status = 429
    default_detail = "Too many attempts. Please wait a little."

    def __init__(self, detail: str | None = None, *, retry_after: int = 60, **options: Any) -> None:
        options["headers"] = {**options.get("headers", {}), "Retry-After": str(max(1, retry_after))}
        super().__init__(detail, **options)
        self.retry_after = max(1, retry_after)


class InternalError(Problem):
    """Ours. Its document never holds anything internal; the log has it under the same request id."""


class ProviderFailed(Problem):
    status = 502
    default_detail = "A service we depend on failed. Please try again."


class Unavailable(Problem):
    status = 503
    default_detail = "We cannot do this right now. Please try again in a moment."
