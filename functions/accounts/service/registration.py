"""Making an account, and confirming that the address is the person's own."""

from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from accounts import passwords
from accounts.queries import tokens, users
from accounts.queries.users import Person
from accounts.service.links import page_link
from darkroom import auth, clock, ids, log, mail, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from darkroom.settings import settings

_HOUR = 3_600


def register(tx: Tx, email: str, password: str, name: str, address: str) -> Person:
    """A new account. Its address gets a link to confirm it by, and until then no other mail than of its own doing."""
    throttle.hit(tx, "registrations", address, settings().registrations_per_address_hour, _HOUR)
    if users.id_of(tx, email) is not None:
        _refuse_taken()
    tx.commit()  # nothing is held while the password is hashed
    person = users.insert(tx, ids.new_id(), email, name, passwords.hashed(password))
    if person is None:
        _refuse_taken()
    _send_link(tx, person)
    log.info("accounts.registered", user_id=str(person.id))
    return person


def send_confirmation_again(tx: Tx, user_id: UUID) -> None:
    person = users.get(tx, user_id)
    if person is None:
        raise NotFound
    if person.email_confirmed:
        raise Conflict("This address is confirmed already.")
    throttle.hit(tx, "confirmations", str(user_id), settings().confirmations_per_account_hour, _HOUR)
    _send_link(tx, person)


def confirm_email(tx: Tx, token: str) -> None:
    """The link of the mail was opened. Opened once more it answers the same: the address is confirmed."""
    now, hashed = clock.now(), auth.token_hash(token)
    found = tokens.live(tx, "e-mail confirmation", hashed, now)
    if found is None or not users.confirm_email(tx, found.user_id, found.subject or ""):
        message = "This link is not valid any more. Sign in to have a new one sent."
        raise BadRequest(message, fields=[FieldError("token", message)])
    tokens.spend(tx, "e-mail confirmation", hashed, now)


def _send_link(tx: Tx, person: Person) -> None:
    now, valid = clock.now(), timedelta(seconds=settings().email_confirmation_seconds)
    token, hashed = auth.new_token()
    tokens.insert(tx, "e-mail confirmation", person.id, hashed, now=now, expires_at=now + valid, subject=person.email)
    data = {
        "name": person.name,
        "confirm_url": page_link("/confirm-email", token),
        "valid_for": f"{round(valid.total_seconds() / _HOUR)} hours",
    }
    mail.send(tx, person.email, "confirm_email", data, user_id=person.id)


def _refuse_taken() -> NoReturn:
    message = "There is an account with this e-mail address already."
    raise Conflict(message, fields=[FieldError("email", message)])
