"""Access tokens: a JWT as the world reads it, and no other JWT is one."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import auth, clock, crypto, ids
from darkroom.errors import Unauthorized
from tests.conftest import FrozenTime

USER, SESSION = ids.new_id(), ids.new_id()


def key() -> bytes:
    return crypto.derived_key("access tokens")


def claims(**changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    found: dict[str, Any] = {
        "iss": auth.ISSUER,
        "aud": auth.AUDIENCE,
        "kind": auth.ACCESS,
        "sub": str(USER),
        "sid": str(SESSION),
        "role": "user",
        "iat": now,
        "exp": now + 900,
    }
    found |= changes
    return {name: value for name, value in found.items() if value is not ...}


def b64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def by_hand(header: bytes, payload: bytes, secret: bytes | None = None) -> str:
    """A token signed rightly around whatever is inside."""
    signed = f"{b64(header)}.{b64(payload)}"
    return f"{signed}.{b64(hmac.digest(secret or key(), signed.encode(), hashlib.sha256))}"


HEADER = b'{"alg":"HS256","typ":"JWT"}'
NONE = b'{"alg":"none","typ":"JWT"}'


def test_the_world_reads_it() -> None:
    token = auth.issue_access(USER, SESSION, "admin")
    read = jwt.decode(token, key(), algorithms=["HS256"], audience=auth.AUDIENCE, issuer=auth.ISSUER)
    assert (read["sub"], read["sid"], read["role"]) == (str(USER), str(SESSION), "admin")
    assert read["exp"] - read["iat"] == 900
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}


def test_what_the_world_writes_so_is_read() -> None:
    token = jwt.encode(claims(), key(), algorithm="HS256")
    assert auth.read_access(token) == (USER, SESSION)


def test_it_lasts_fifteen_minutes(frozen_time: FrozenTime) -> None:
    token = auth.issue_access(USER, SESSION, "user")
    frozen_time.advance(899)
    assert auth.read_access(token) == (USER, SESSION)
    frozen_time.advance(1)
    with pytest.raises(Unauthorized):
        auth.read_access(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-api"},
        {"aud": [auth.AUDIENCE]},
        {"aud": ...},
        {"iss": "another"},
        {"kind": "refresh"},
        {"kind": ...},
        {"exp": ...},
        {"exp": "9999999999"},
        {"exp": None},
        {"exp": 1},
        {"sub": ...},
        {"sub": "me"},
        {"sub": 5},
        {"sid": ...},
        {"sid": None},
    ],
)
def test_other_claims_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        auth.read_access(by_hand(HEADER, json.dumps(claims(**changes)).encode()))


@pytest.mark.parametrize(
    "token",
    [
        lambda: jwt.encode(claims(), "", algorithm="none"),
        lambda: f"{b64(NONE)}.{b64(json.dumps(claims()).encode())}.",
        lambda: by_hand(NONE, json.dumps(claims()).encode()),
        lambda: by_hand(b'{"alg":"NONE"}', json.dumps(claims()).encode()),
        lambda: by_hand(b'{"alg":"HS512","typ":"JWT"}', json.dumps(claims()).encode()),
        lambda: jwt.encode(claims(), key() * 2, algorithm="HS512"),
        lambda: jwt.encode(claims(), key() * 2, algorithm="HS256"),
        lambda: jwt.encode(claims(), key(), algorithm="HS256", headers={"kid": "../../dev/null"}),
        lambda: by_hand(b'{"typ":"JWT","alg":"HS256"}', json.dumps(claims()).encode()),
        lambda: by_hand(HEADER, json.dumps(claims()).encode(), b"another key"),
        lambda: by_hand(HEADER, json.dumps(claims()).encode(), crypto.derived_key("letters")),
        lambda: by_hand(HEADER, b"not json"),
        lambda: by_hand(HEADER, b"[]"),
        lambda: by_hand(HEADER, b"null"),
        lambda: by_hand(HEADER, b"\xff"),
        lambda: by_hand(HEADER, b"[" * 5_000),
        lambda: auth.issue_access(USER, SESSION, "user") + "x",
        lambda: auth.issue_access(USER, SESSION, "user") + ".x",
        lambda: auth.issue_access(USER, SESSION, "user")[:-1],
        lambda: auth.issue_access(USER, SESSION, "user").rpartition(".")[0] + ".",
        lambda: ".".join(reversed(auth.issue_access(USER, SESSION, "user").split("."))),
        lambda: "..",
        lambda: ".",
    ],
)
def test_forgeries_are_refused(token: Any) -> None:
    with pytest.raises(Unauthorized):
        auth.read_access(token())


def test_a_payload_under_anothers_signature_is_refused() -> None:
    mine, yours = (auth.issue_access(user, SESSION, "user").split(".") for user in (USER, ids.new_id()))
    with pytest.raises(Unauthorized):
        auth.read_access(f"{mine[0]}.{yours[1]}.{mine[2]}")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_character_is_let_through(position: int, change: int) -> None:
    token = bytearray(auth.issue_access(USER, SESSION, "user").encode())
    token[position % len(token)] = (token[position % len(token)] + change) % 128
    text = token.decode("ascii")
    if text != auth.issue_access(USER, SESSION, "user"):
        with pytest.raises(Unauthorized):
            auth.read_access(text)


@given(st.text(max_size=300))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(Unauthorized):
        auth.read_access(text)
