"""Passwords at rest: bcrypt over a SHA-256 of the whole password, so that nothing is cut at bcrypt's 72 bytes."""

import base64
import hashlib
import unicodedata

from darkroom.settings import settings

PASSWORD_MIN = 10
PASSWORD_MAX = 128


def hashed(password: str) -> str:
    """The hash that is kept. Slow on purpose: call it outside transactions."""
    import bcrypt

    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(settings().password_hash_cost)).decode()


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password. Without a hash to compare with it takes as long, and the answer is no."""
    import bcrypt

    # bcrypt does its whole work before it compares; no password has a hash of nothing but dots.
    nobody = f"$2b${settings().password_hash_cost:02d}$" + "." * 53
    return bcrypt.checkpw(_digest(password), (kept or nobody).encode()) and kept is not None


def _digest(password: str) -> bytes:
    """44 bytes without a NUL. Composed (NFC) first: keyboards differ in how they write the same letter."""
    text = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hashlib.sha256(text).digest())
