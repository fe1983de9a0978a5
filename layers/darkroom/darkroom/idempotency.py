"""POSTs that are safe to repeat: the first answer to a key is kept for a day and answered again.

A key is claimed by a committed row with a lease, and the answer is written by the very transaction that holds the
request's effects: a process killed in between leaves neither, and the key is free again when the lease ends. A lease
outlasts the longest request (an API function's timeout), and it is the claim's fence: who lost it cannot commit.

Answers of 409, 429 and 5xx are not kept: repeating them is meant to go another way.
"""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from darkroom import clock, crypto, db
from darkroom.address import caller_address
from darkroom.errors import BadRequest, Conflict, FieldError
from darkroom.settings import settings

HEADER = "idempotency-key"
REPLAYED_HEADER = "idempotency-replayed"

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_PURPOSE = "idempotent answers"
_NOT_KEPT = frozenset({409, 429})
_SERVER_ERRORS = 500


class Claim(NamedTuple):
    """The right to answer a key first. `lease_until` is its fence: every claim of a key has another."""

    caller: str
    key: str
    lease_until: datetime

    def keep(self, tx: db.Tx, response: Response) -> None:
        """Write the answer in `tx`: it becomes durable together with what it tells of."""
        kept = tx.execute(
            """
            UPDATE idempotency_keys SET response_status = %(status)s, response = %(response)s
             WHERE caller = %(caller)s AND key = %(key)s AND lease_until = %(lease_until)s
               AND response_status IS NULL
            """,
            {**self._asdict(), "status": response.status_code, "response": _seal(self, response)},
        )
        if not kept:
            raise Conflict("Another request with this Idempotency-Key has taken over.")

    def release(self) -> None:
        """Free the key, so that a repeat is a first request."""
        with db.reading() as tx:
            tx.execute(
                """
                DELETE FROM idempotency_keys
                 WHERE caller = %(caller)s AND key = %(key)s AND lease_until = %(lease_until)s
                   AND response_status IS NULL
                """,
                self._asdict(),
            )


class _Kept(NamedTuple):
    request_hash: bytes
    response_status: int | None
    response: bytes | None


async def once(
    request: Request,
    perform: Callable[[Claim], Awaitable[Response]],
    fail: Callable[[Exception], Response],
) -> Response:
    """The kept answer to this key, or that of `perform`, which commits `claim.keep` with its effects.

    `fail` makes the answer to what `perform` raised, after its transaction was undone.
    """
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        message = "A key is 1 to 200 visible ASCII characters."
        raise BadRequest(fields=[FieldError("Idempotency-Key", message)])
    caller, request_hash = _caller(request), _hash(request, await request.body())
    claim = _claim(caller, key, request_hash)
    if claim is None:
        return _repeat(caller, key, request_hash)
    try:
        return await perform(claim)
    except Exception as failure:  # noqa: BLE001 - whatever it was, its answer decides what becomes of the key
        response = fail(failure)
    except BaseException:
        claim.release()
        raise
    if is_kept(response):
        with db.transaction() as tx:
            claim.keep(tx, response)
    else:
        claim.release()
    return response


def is_kept(response: Response) -> bool:
    return response.status_code < _SERVER_ERRORS and response.status_code not in _NOT_KEPT


def _caller(request: Request) -> str:
    """Whose key it is. A caller without an account is an address on a route, hashed: no address rests in clear."""
    caller = request.scope.get("darkroom.caller")
    if caller is not None:
        return f"{caller.kind}:{caller.id}"
    place = f"{caller_address(request)} {request.method} {request.scope['path']}"
    return "address:" + crypto.subject_hash(place).hex()


def _hash(request: Request, body: bytes) -> bytes:
    """What makes two requests the same: method, path, query and body."""
    head = f"{request.method} {request.scope['path']}?".encode() + request.scope["query_string"]
    return hashlib.sha256(len(head).to_bytes(4) + head + body).digest()


def _claim(caller: str, key: str, request_hash: bytes) -> Claim | None:
    """Claim a key that is new, abandoned or a day old; None when somebody has it or has answered it."""
    now, current = clock.now(), settings()
    with db.reading() as tx:
        lease_until = tx.value(
            """
            INSERT INTO idempotency_keys (caller, key, request_hash, created_at, lease_until)
            VALUES (%(caller)s, %(key)s, %(request_hash)s, %(now)s, %(lease_until)s)
            ON CONFLICT (caller, key) DO UPDATE
               SET request_hash = excluded.request_hash, created_at = excluded.created_at,
                   lease_until = excluded.lease_until, response_status = NULL, response = NULL
             WHERE idempotency_keys.created_at <= %(forgotten)s
                OR (idempotency_keys.response_status IS NULL AND idempotency_keys.lease_until <= %(now)s
                    AND idempotency_keys.request_hash = excluded.request_hash)
            RETURNING lease_until
            """,
            {
                "caller": caller,
                "key": key,
                "request_hash": request_hash,
                "now": now,
                "lease_until": now + timedelta(seconds=current.idempotency_lease_seconds),
                "forgotten": now - timedelta(seconds=current.idempotency_keep_seconds),
            },
        )
    return None if lease_until is None else Claim(caller, key, lease_until)


def _repeat(caller: str, key: str, request_hash: bytes) -> Response:
    with db.reading() as tx:
        kept = tx.one(
            """
            SELECT request_hash, response_status, response FROM idempotency_keys
             WHERE caller = %(caller)s AND key = %(key)s
            """,
            {"caller": caller, "key": key},
            into=_Kept,
        )
    if kept is not None and kept.request_hash != request_hash:
        raise Conflict("This Idempotency-Key was used for another request.")
    if kept is None or kept.response_status is None or kept.response is None:
        raise Conflict("The first request with this Idempotency-Key is still running.", headers={"Retry-After": "1"})
    return _open(caller, key, kept.response_status, kept.response)


def _context(caller: str, key: str) -> bytes:
    return f"{caller} {key}".encode()


def _seal(claim: Claim, response: Response) -> bytes:
    headers = [[n.decode("latin-1"), v.decode("latin-1")] for n, v in response.raw_headers if n != b"content-length"]
    document = {"headers": headers, "body": base64.b64encode(bytes(response.body)).decode()}
    return crypto.seal(_PURPOSE, json.dumps(document).encode(), _context(claim.caller, claim.key))


def _open(caller: str, key: str, status: int, sealed: bytes) -> Response:
    document = json.loads(crypto.open_sealed(_PURPOSE, sealed, _context(caller, key)))
    response = Response(base64.b64decode(document["body"]), status)
    for name, value in document["headers"]:
        response.headers.append(name, value)
    response.headers[REPLAYED_HEADER] = "true"
    return response
