"""Keys and what they protect. Every key is derived from `token_key` for one purpose, so that none serves two."""

import hashlib
import hmac
import secrets as random
from functools import lru_cache

from darkroom.secrets import secret

_NONCE_BYTES = 12


class NotSealedHere(ValueError):
    """The bytes were not sealed by this key for this purpose and context."""


@lru_cache(maxsize=32)
def _derive(master: str, purpose: str) -> bytes:
    return hmac.digest(master.encode(), b"darkroom:" + purpose.encode(), "sha256")


def derived_key(purpose: str) -> bytes:
    """32 bytes for `purpose` alone."""
    return _derive(secret("token_key"), purpose)


def seal(purpose: str, plain: bytes, context: bytes = b"") -> bytes:
    """Encrypt and authenticate (AES-256-GCM). It opens only with the same purpose and `context`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = random.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(derived_key(purpose)).encrypt(nonce, plain, context)


def open_sealed(purpose: str, sealed: bytes, context: bytes = b"") -> bytes:
    """What `seal` was given."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(derived_key(purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as failure:
        raise NotSealedHere(purpose) from failure


def signature(purpose: str, message: bytes) -> bytes:
    """HMAC-SHA-256 of `message` under the purpose's key."""
    return hmac.digest(derived_key(purpose), message, "sha256")


def token_hash(token: str) -> bytes:
    """How an opaque token rests in the database. Tokens are random and long: one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def subject_hash(subject: str) -> bytes:
    """A keyed hash, for what can be guessed (addresses): the rows alone do not tell whose they are."""
    return signature("subjects", subject.encode())


def new_token() -> tuple[str, bytes]:
    """A new opaque token (256 random bits) and its hash."""
    token = random.token_urlsafe(32)
    return token, token_hash(token)
