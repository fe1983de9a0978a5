"""How Stripe says no."""

from http import HTTPStatus


class Refused(Exception):
    """An answer that is one of Stripe's error objects."""

    def __init__(
        self,
        message: str,
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = int(status)
        said = {"code": code, "message": message, "param": param, "type": kind}
        if code:
            said["doc_url"] = "https://docs.stripe.com/error-codes/" + code.replace("_", "-")
        self.document = {"error": {name: value for name, value in said.items() if value is not None}}


class Failed(Refused):
    """It was tried and could not be done. A repeat with the same idempotency key is told the same."""


def missing(kind: str, identifier: str, param: str = "id", status: int = HTTPStatus.NOT_FOUND) -> Refused:
    """There is no such object. In a path that is 404, in a parameter 400."""
    return Refused(
        f"No such {kind.replace('checkout.', 'checkout ').replace('_', ' ')}: '{identifier}'",
        status=status,
        code="resource_missing",
        param=param,
    )
