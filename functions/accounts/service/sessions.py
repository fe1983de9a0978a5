"""Signing in, staying signed in, signing out.

A session is the family of its refresh tokens. Each works once. A second use means that two hold it, and nobody can say
which of them is the person, so it ends the session for both. Nothing is forgiven for being nearly simultaneous: that is
how a thief's use looks as well. Honest clients keep out of this in two ways (ADR 0070): one tab refreshes for all, and
a request that is sent again carries the Idempotency-Key of the first, which answers the first answer again.
"""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from accounts import identity, passwords
from accounts.queries import sessions, users
from darkroom import auth, clock, ids, log, realtime, throttle
from darkroom.db import Tx
from darkroom.errors import Forbidden, TooMany, Unauthorized
from darkroom.settings import settings

_PAIR = "sign-in: account from address"
_ADDRESS = "sign-in: address"
_TOO_MANY = "Too many sign-ins failed. Please wait a while, or set a new password."
_WRONG = "The e-mail address or the password is wrong."
_SPENT = "This session has ended. Please sign in again."


class Tokens(NamedTuple):
    access_token: str
    refresh_token: str
    expires_in: int


def sign_in(tx: Tx, username: str, password: str, address: str) -> Tokens:
    """Tokens for the right password; wrong people and wrong passwords are told alike and take alike.

    An attempt counts before the password is looked at, so that a storm of guesses gets no more than the limit, and the
    count is taken back when it was right. It is kept for each account and address, so nobody locks out another person.
    """
    account = _as_account(username)
    limits = settings()
    pair = f"{account} {address}"
    counted = throttle.hit(tx, _PAIR, pair, limits.login_failures_per_account, limits.login_window_seconds, _TOO_MANY)
    try:
        elsewhere = throttle.hit(
            tx, _ADDRESS, address, limits.login_failures_per_address, limits.login_window_seconds, _TOO_MANY
        )
    except TooMany:
        throttle.undo(tx, counted)
        tx.commit()
        raise
    person = users.credentials(tx, account)
    tx.commit()  # nothing is held while the password is hashed
    if not passwords.matches(password, person.password_hash if person else None) or person is None:
        log.info("accounts.sign_in_failed")
        raise Unauthorized(_WRONG)
    throttle.clear(tx, _PAIR, pair)
    throttle.undo(tx, elsewhere)
    if person.suspended:
        tx.commit()
        raise Forbidden("This account is suspended.")
    return _open(tx, person)


def refresh(tx: Tx, refresh_token: str) -> Tokens:
    """New tokens for a refresh token's first use. A second use ends the session."""
    now, hashed = clock.now(), auth.token_hash(refresh_token)
    session_id = sessions.spend_token(tx, hashed, now)
    if session_id is None:
        replayed = sessions.of_token(tx, hashed)
        if replayed is not None and sessions.revoke(tx, replayed, now, "replay"):
            log.warning("accounts.refresh_token_replayed", session_id=str(replayed))
            realtime.end_session(tx, replayed)
        tx.commit()  # the refusal undoes nothing of this
        raise Unauthorized(_SPENT)
    session = sessions.extend(tx, session_id, now, now + _refresh_time())
    if session is None:
        raise Unauthorized(_SPENT)
    return _issue(tx, session.id, session.user_id, session.role)


def sign_out(tx: Tx, refresh_token: str) -> None:
    """End the session of this refresh token. A token that is unknown or whose session is over leaves nothing to do."""
    session_id = sessions.of_token(tx, auth.token_hash(refresh_token))
    if session_id is not None and sessions.revoke(tx, session_id, clock.now(), "signed out"):
        realtime.end_session(tx, session_id)


def end_all(tx: Tx, user_id: UUID, reason: str) -> None:
    """End every session of a person at once, access tokens and open sockets included."""
    sessions.revoke_all(tx, user_id, clock.now(), reason)
    realtime.end_caller(tx, "user", user_id)


def forget_failures(tx: Tx, email: str, address: str) -> None:
    """A password was set anew: failures with the old one from there count no more."""
    throttle.clear(tx, _PAIR, f"{email} {address}")


def _as_account(username: str) -> str:
    """What cannot be an address is nobody's, and is told so by the same way as everybody else."""
    try:
        return identity.email_address(username)
    except ValueError:
        return username.strip()


def _open(tx: Tx, person: users.Credentials) -> Tokens:
    session_id, now = ids.new_id(), clock.now()
    if not sessions.insert(tx, session_id, person.id, person.password_hash, now=now, expires_at=now + _refresh_time()):
        raise Unauthorized(_WRONG)  # reset, suspended or deleted while the password was hashed
    log.info("accounts.signed_in", user_id=str(person.id), session_id=str(session_id))
    return _issue(tx, session_id, person.id, person.role)


def _issue(tx: Tx, session_id: UUID, user_id: UUID, role: str) -> Tokens:
    refresh_token, hashed = auth.new_token()
    sessions.insert_token(tx, session_id, hashed, clock.now())
    return Tokens(
        access_token=auth.issue_access(user_id, session_id, role),
        refresh_token=refresh_token,
        expires_in=settings().access_token_seconds,
    )


def _refresh_time() -> timedelta:
    return timedelta(seconds=settings().refresh_token_seconds)
