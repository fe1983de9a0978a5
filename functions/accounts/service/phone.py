"""A phone number, proven by a code that is sent to it.

The code is nowhere at rest: it is derived, by a key that is not in the database, from the row of its request, when it
is sent and when it is compared. Five attempts at it, ten minutes, the newest request only.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn
from uuid import UUID

from accounts import identity
from accounts.queries import tokens, users
from accounts.queries.tokens import Token
from darkroom import clock, crypto, log, mail, messages, outbox, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, FieldError, NotFound
from darkroom.settings import settings

QUEUE = "notices"
SEND_CODE = "accounts.send_phone_code"

_HOUR = 3_600
_DIGITS = 6


class Phone(NamedTuple):
    """A number, and until when its code can be given if it is not confirmed yet."""

    phone: str
    confirmed: bool
    code_expires_at: datetime | None = None


class Sms(NamedTuple):
    """What is to be sent, and where to."""

    phone: str
    text: str


def set_number(tx: Tx, user_id: UUID, phone: str) -> Phone:
    """Have a code sent to this number. The number in use stays until the code is given."""
    person, now, current = users.get(tx, user_id), clock.now(), settings()
    if person is None:
        raise NotFound
    if person.phone == phone:
        return Phone(phone, confirmed=True)
    throttle.hit(tx, "phone codes", str(user_id), current.phone_codes_per_account_hour, _HOUR)
    tokens.expire_unused(tx, "phone code", user_id, now)
    token_hash, expires_at = secrets.token_bytes(32), now + timedelta(seconds=current.phone_code_seconds)
    tokens.insert(tx, "phone code", user_id, token_hash, now=now, expires_at=expires_at, subject=phone)
    message = messages.new(SEND_CODE, {"token": token_hash.hex()}, correlation_id=log.bound("correlation_id"))
    outbox.send(tx, QUEUE, message)
    return Phone(phone, confirmed=False, code_expires_at=expires_at)


def code_to_send(tx: Tx, token: str) -> Sms | None:
    """The worker's part: the text for this request, unless it is over."""
    found = tokens.live(tx, "phone code", bytes.fromhex(token), clock.now())
    if found is None or found.used or found.subject is None:
        return None
    code, current = _code(found), settings()
    minutes = round(current.phone_code_seconds / 60)
    site = current.web_origin.partition("://")[2].partition(":")[0]
    # The last line lets phones fill the code in on our page, and on no other.
    text = f"{code} is your Darkroom code. It works for {minutes} minutes.\n\n@{site} #{code}"
    return Sms(found.subject, text)


def claim_sending(tx: Tx, token: str) -> bool:
    """The right to send this request's code; nobody else has it."""
    return tokens.claim_sending(tx, bytes.fromhex(token), clock.now())


def release_sending(tx: Tx, token: str) -> None:
    """The carrier did not take it: it may be tried again."""
    tokens.release_sending(tx, bytes.fromhex(token))


def confirm_number(tx: Tx, user_id: UUID, code: str) -> Phone:
    """The code that came by SMS makes the number the person's. An attempt counts before it is judged."""
    now = clock.now()
    found = tokens.attempt(tx, "phone code", user_id, settings().phone_code_attempts, now)
    tx.commit()
    if found is None or found.subject is None:
        _refuse("There is no code to be given any more. Please ask for a new one.")
    if not hmac.compare_digest(_code(found).encode(), code.encode()):
        _refuse("This is not the code that we sent.")
    if not tokens.spend(tx, "phone code", found.token_hash, now):
        _refuse("This code was used already.")
    users.change_phone(tx, user_id, found.subject)
    person = users.get(tx, user_id)
    if person is None:
        raise NotFound
    data = {"name": person.name, "phone": identity.masked_phone(found.subject)}
    mail.send(tx, person.email, "phone_changed", data, user_id=user_id)
    return Phone(found.subject, confirmed=True)


def remove_number(tx: Tx, user_id: UUID) -> None:
    tokens.expire_unused(tx, "phone code", user_id, clock.now())
    if not users.change_phone(tx, user_id, None):
        raise NotFound


def _code(request: Token) -> str:
    mac = crypto.signature("phone codes", request.token_hash)
    return f"{int.from_bytes(mac) % 10**_DIGITS:0{_DIGITS}d}"


def _refuse(message: str) -> NoReturn:
    raise BadRequest(message, fields=[FieldError("code", message)])
