"""Who is calling. Access tokens are JWTs, all others are opaque; both are checked in one statement each request.

The JWT is written and read here, in some forty lines, because the library costs a cold start 100 ms (it imports
`cryptography`), and because reading only what we write is the narrower door: one algorithm, whose header is compared
as bytes before anything is decoded, so that `alg: none`, another algorithm or `kid` tricks have nothing to work on.
The tests read and forge the tokens with PyJWT.

A token says who signed in; whether that still holds (session not revoked, person not suspended or deleted, which role)
is asked of the database each time, so that a suspension, a logout or a reset ends access tokens at once.
"""

import base64
import hmac
import json
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends
from fastapi.openapi.models import HTTPBearer
from starlette.requests import Request

from darkroom import clock, crypto, db, log
from darkroom.crypto import new_token, token_hash
from darkroom.errors import Forbidden, Unauthorized
from darkroom.http.guards import Guard
from darkroom.settings import settings

__all__ = [
    "Admin",
    "AnyCaller",
    "Caller",
    "DeviceCaller",
    "MaybeSignedIn",
    "OrderCaller",
    "SignedIn",
    "UploadCaller",
    "User",
    "identify",
    "issue_access",
    "issue_opaque",
    "new_token",
    "revoke_opaque",
    "token_hash",
]

ISSUER = "darkroom"
AUDIENCE = "darkroom-api"
ACCESS = "access"
TOKEN_MAX = 2_000


class User(NamedTuple):
    """A signed-in person."""

    id: UUID
    role: str
    session_id: UUID

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class Caller(NamedTuple):
    """Whoever a token stands for: `user`, or the one thing an opaque token opens (`device`, `order`, `upload` ...)."""

    kind: str
    id: UUID
    role: str | None = None
    session_id: UUID | None = None


# --- access tokens -----------------------------------------------------------------------------------------------


def _encode(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _decode(part: bytes) -> bytes:
    return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


_HEADER = _encode(b'{"alg":"HS256","typ":"JWT"}')


def _mac(signed: bytes) -> bytes:
    return _encode(crypto.signature("access tokens", signed))


def issue_access(user_id: UUID, session_id: UUID, role: str) -> str:
    """An access token of 15 minutes for this person's session."""
    issued = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "kind": ACCESS,
        "sub": str(user_id),
        "sid": str(session_id),
        "role": role,
        "iat": issued,
        "exp": issued + settings().access_token_seconds,
    }
    signed = _HEADER + b"." + _encode(json.dumps(claims, separators=(",", ":")).encode())
    return (signed + b"." + _mac(signed)).decode()


class Access(NamedTuple):
    """Whom an access token names."""

    user_id: UUID
    session_id: UUID


def read_access(token: str) -> Access:
    """The person and session of an access token of ours that has not expired; anything else is a 401."""
    try:
        signed, _, mac = token.encode("ascii").rpartition(b".")
        header, _, payload = signed.partition(b".")
        if not hmac.compare_digest(mac, _mac(signed)) or header != _HEADER:
            raise Unauthorized
        claims: dict[str, Any] = json.loads(_decode(payload))
        if (claims["iss"], claims["aud"], claims["kind"]) != (ISSUER, AUDIENCE, ACCESS):
            raise Unauthorized
        if clock.now().timestamp() >= claims["exp"]:
            raise Unauthorized("The access token has expired.")
        return Access(UUID(claims["sub"]), UUID(claims["sid"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as failure:
        raise Unauthorized from failure


class _Live(NamedTuple):
    role: str


def _live_session(tx: db.Tx, access: Access) -> _Live | None:
    """THE token check: one statement."""
    return tx.one(
        """
        SELECT u.role
          FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id = %(session_id)s AND s.user_id = %(user_id)s
           AND s.revoked_at IS NULL AND s.expires_at > %(now)s
           AND u.suspended_at IS NULL AND u.deleted_at IS NULL
        """,
        {"session_id": access.session_id, "user_id": access.user_id, "now": clock.now()},
        into=_Live,
    )


# --- opaque tokens -----------------------------------------------------------------------------------------------


def issue_opaque(
    tx: db.Tx, kind: str, subject_id: UUID, expires_at: datetime | None = None, *, owner_id: UUID | None = None
) -> str:
    """A token that opens only this device, order or upload session. It is shown once and kept as a hash. Where
    the thing is a person's, it opens nothing while that person is suspended."""
    token, hashed = new_token()
    tx.execute(
        """
        INSERT INTO opaque_tokens (token_hash, kind, subject_id, owner_id, created_at, expires_at)
        VALUES (%(hash)s, %(kind)s, %(subject)s, %(owner)s, %(now)s, %(expires_at)s)
        """,
        {
            "hash": hashed,
            "kind": kind,
            "subject": subject_id,
            "owner": owner_id,
            "now": clock.now(),
            "expires_at": expires_at,
        },
    )
    return token


def revoke_opaque(tx: db.Tx, kind: str, subject_id: UUID) -> int:
    """End every token of this thing; how many there were."""
    return tx.execute(
        """
        UPDATE opaque_tokens SET revoked_at = %(now)s
         WHERE kind = %(kind)s AND subject_id = %(subject)s AND revoked_at IS NULL
        """,
        {"kind": kind, "subject": subject_id, "now": clock.now()},
    )


class _Opened(NamedTuple):
    kind: str
    subject_id: UUID


def _opened_by(tx: db.Tx, token: str) -> _Opened | None:
    return tx.one(
        """
        SELECT t.kind, t.subject_id FROM opaque_tokens t
         WHERE t.token_hash = %(hash)s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
           AND NOT EXISTS (SELECT FROM users u WHERE u.id = t.owner_id
                              AND (u.suspended_at IS NOT NULL OR u.deleted_at IS NOT NULL))
        """,
        {"hash": token_hash(token), "now": clock.now()},
        into=_Opened,
    )


# --- who it is ---------------------------------------------------------------------------------------------------


def identify(tx: db.Tx, token: str) -> Caller:
    """Whoever this token stands for right now, or 401."""
    if len(token) > TOKEN_MAX or not token.isascii():
        raise Unauthorized
    if "." in token:  # opaque tokens have no dots
        access = read_access(token)
        live = _live_session(tx, access)
        if live is None:
            raise Unauthorized("This session has ended. Please sign in again.")
        return Caller("user", access.user_id, live.role, access.session_id)
    opened = _opened_by(tx, token)
    if opened is None:
        raise Unauthorized
    return Caller(opened.kind, opened.subject_id)


def bearer_token(request: Request) -> str:
    """The token of `Authorization: Bearer`, or 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()


class CallerGuard(Guard):
    """Lets in callers of certain kinds (None: of any). A token of another kind is no credential here: 401."""

    def __init__(self, name: str, kind: str | None = None) -> None:
        self.model = HTTPBearer(description=f"The bearer token of {name}.")
        self.scheme_name = name
        self.kind = kind

    def admit(self, request: Request) -> Caller:
        with db.reading() as tx:
            caller = identify(tx, bearer_token(request))
        if self.kind is not None and caller.kind != self.kind:
            raise Unauthorized
        request.scope["darkroom.caller"] = caller
        log.bind(**{f"{caller.kind}_id": str(caller.id)})
        return caller


class UserGuard(CallerGuard):
    """Lets in signed-in people, or only those with a role."""

    def __init__(self, name: str, role: str | None = None) -> None:
        super().__init__(name, "user")
        self.role = role

    def admit(self, request: Request) -> Any:
        caller = super().admit(request)
        if self.role is not None and caller.role != self.role:
            raise Forbidden
        return User(caller.id, caller.role or "", caller.session_id or UUID(int=0))


class OptionalUserGuard(UserGuard):
    """Lets everybody in, and says who it is where somebody shows a token; one that is not valid is still a 401."""

    def admit(self, request: Request) -> Any:
        return super().admit(request) if "authorization" in request.headers else None


SignedIn = Annotated[User, Depends(UserGuard("user"))]
MaybeSignedIn = Annotated[User | None, Depends(OptionalUserGuard("user"))]
Admin = Annotated[User, Depends(UserGuard("admin", role="admin"))]
AnyCaller = Annotated[Caller, Depends(CallerGuard("caller"))]
DeviceCaller = Annotated[Caller, Depends(CallerGuard("device", "device"))]
OrderCaller = Annotated[Caller, Depends(CallerGuard("order", "order"))]
UploadCaller = Annotated[Caller, Depends(CallerGuard("upload", "upload"))]
