"""A forgotten password: a link by mail, and a new password by the link.

Whether an address has an account cannot be told from the request, neither by its answer nor by its time: it reads one
row, writes one message and sends it, for known and unknown addresses alike. The link is made when the message arrives.
"""

from datetime import timedelta
from uuid import UUID

from accounts import passwords
from accounts.queries import tokens, users
from accounts.service import sessions
from accounts.service.links import page_link
from darkroom import auth, clock, log, mail, messages, outbox, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, FieldError, TooMany
from darkroom.settings import settings

QUEUE = "notices"
REQUESTED = "accounts.password_reset_requested"

_HOUR = 3_600
_REFUSED = "This link is not valid any more. Ask for a new one."


def request(tx: Tx, email: str, address: str) -> None:
    """Have a link sent, if there is an account. Past the limit nothing happens, and that cannot be seen either."""
    try:
        throttle.hit(tx, "password resets", address, settings().password_resets_per_address_hour, _HOUR)
    except TooMany:
        log.warning("accounts.password_resets_limited")
        return
    user_id = users.id_of(tx, email)
    message = messages.new(REQUESTED, {"user_id": user_id}, correlation_id=log.bound("correlation_id"))
    outbox.send(tx, QUEUE, message)


def send_link(tx: Tx, user_id: UUID) -> None:
    """The worker's part. Older links stay good until one is used: mails come late and out of order."""
    person, now, current = users.get(tx, user_id), clock.now(), settings()
    limit = current.password_resets_per_account_hour
    if person is None:
        return
    if limit and tokens.issued_since(tx, "password reset", user_id, now - timedelta(hours=1)) >= limit:
        log.warning("accounts.password_resets_limited", user_id=str(user_id))
        return
    valid = timedelta(seconds=current.password_reset_seconds)
    token, hashed = auth.new_token()
    tokens.insert(tx, "password reset", user_id, hashed, now=now, expires_at=now + valid)
    data = {
        "name": person.name,
        "reset_url": page_link("/password-reset", token),
        "valid_for": "1 hour" if valid == timedelta(hours=1) else f"{valid.total_seconds() / 60:.0f} minutes",
    }
    mail.send(tx, person.email, "password_reset", data, user_id=user_id)


def confirm(tx: Tx, token: str, password: str, address: str) -> None:
    """Set the new password by a link that was not used, and end every session the old one had opened."""
    limits, now, hashed = settings(), clock.now(), auth.token_hash(token)
    counted = throttle.hit(
        tx, "password reset tokens", address, limits.reset_failures_per_address, limits.login_window_seconds
    )
    found = tokens.live(tx, "password reset", hashed, now)
    if found is None or found.used:
        raise BadRequest(_REFUSED, fields=[FieldError("token", _REFUSED)])
    tx.commit()  # nothing is held while the password is hashed
    password_hash = passwords.hashed(password)
    if not tokens.spend(tx, "password reset", hashed, now):
        raise BadRequest(_REFUSED, fields=[FieldError("token", _REFUSED)])
    person = users.change_password(tx, found.user_id, password_hash)
    if person is None:
        raise BadRequest(_REFUSED, fields=[FieldError("token", _REFUSED)])
    tokens.expire_unused(tx, "password reset", person.id, now)
    throttle.undo(tx, counted)
    sessions.forget_failures(tx, person.email, address)
    sessions.end_all(tx, person.id, "password reset")
    data = {"name": person.name, "changed_at": clock.rfc3339(now), "reset_url": page_link("/password-reset")}
    mail.send(tx, person.email, "password_changed", data, user_id=person.id)
    log.info("accounts.password_reset", user_id=str(person.id))
