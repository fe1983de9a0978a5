"""Fields of the wire, each with its rule."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from accounts import identity, passwords

ENDPOINT_MAX = 2_000


def _rule(check: Callable[[str], str]) -> AfterValidator:
    """A rule of the house, refused in its own words."""

    def validate(text: str) -> str:
        try:
            return check(text)
        except ValueError as failure:
            raise PydanticCustomError("rule", "{reason}", {"reason": str(failure)}) from failure

    return AfterValidator(validate)


def _endpoint(text: str) -> str:
    """A push service on the internet: messages are sent there later, and never to a machine of ours."""
    url = urlsplit(text)
    host = url.hostname or ""
    named = "." in host and not host.replace(".", "").isdecimal() and ":" not in host
    if url.scheme != "https" or not named or url.username or url.port not in (None, 443) or not text.isascii():
        raise ValueError("This is not the address of a push service.")
    return text


Email = Annotated[
    str, Field(max_length=identity.EMAIL_MAX, examples=["ada@example.com"]), _rule(identity.email_address)
]
PersonName = Annotated[str, Field(max_length=identity.NAME_MAX, examples=["Ada Lovelace"]), _rule(identity.person_name)]
PhoneNumber = Annotated[
    str, Field(max_length=identity.PHONE_MAX, examples=["+49 151 23456789"]), _rule(identity.phone_number)
]
NewPassword = Annotated[str, Field(min_length=passwords.PASSWORD_MIN, max_length=passwords.PASSWORD_MAX)]
# What is only compared is bounded and nothing else: whether it could be right is not told beforehand.
Username = Annotated[str, Field(min_length=1, max_length=320)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=1_000)]
OpaqueToken = Annotated[str, Field(min_length=1, max_length=500)]
PhoneCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
PushEndpoint = Annotated[str, Field(max_length=ENDPOINT_MAX), _rule(_endpoint)]
PushKey = Annotated[str, Field(min_length=16, max_length=200, pattern=r"^[A-Za-z0-9_-]+=*$")]
