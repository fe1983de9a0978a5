"""The stack's secrets: made once, kept in the home, put into the emulated Secrets Manager at each start.

A provider's key in the environment takes the place of the one made here, and with it the real provider is used. Gemini
without a key is not used at all; `GEMINI=stand-in` asks for its stand-in, whatever keys there are.
"""

import base64
import os
import secrets

from infra.local.home import Home, read_document, write_private

_MADE_HERE = {
    "api_secret": "",
    "token_key": "",
    "edge_secret": "",
    "qstash_token": "",
    "qstash_current_signing_key": "sig_",
    "qstash_next_signing_key": "sig_",
    "stripe_secret_key": "sk_test_",
    "stripe_webhook_secret": "whsec_",
    "replicate_api_token": "r8_",
    "replicate_webhook_secret": "whsec_",
}
_IN_BASE64 = frozenset({"replicate_webhook_secret"})  # its readers decode what stands after the prefix
_FROM_ENVIRONMENT = (
    "qstash_token",
    "qstash_current_signing_key",
    "qstash_next_signing_key",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "replicate_api_token",
    "replicate_webhook_secret",
    "gemini_api_key",
    "sendgrid_api_key",
)
_STAND_IN = "stand-in"
ANNOUNCED = ("api_secret", "qstash_current_signing_key", "qstash_next_signing_key", "stripe_webhook_secret")


class UnknownChoice(Exception):
    """The environment asks for what there is not; the message is for the person at the terminal."""


def load(home: Home) -> dict[str, str]:
    """The kept secrets, completed with new ones for names that came since, under what the environment says."""
    kept: dict[str, str] = read_document(home.keys) or {}
    missing = {name: prefix + _random(name) for name, prefix in _MADE_HERE.items() if name not in kept}
    if missing:
        kept |= missing
        write_private(home.keys, kept)
    given = {name: os.environ[name.upper()] for name in _FROM_ENVIRONMENT if os.environ.get(name.upper())}
    if is_gemini_stand_in():
        given["gemini_api_key"] = secrets.token_urlsafe(32)
    # The deployed secret outlives a run: what an earlier one was given is emptied.
    return dict.fromkeys(_FROM_ENVIRONMENT, "") | kept | given


def _random(name: str) -> str:
    if name in _IN_BASE64:
        return base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def is_gemini_stand_in() -> bool:
    """Whether Gemini's stand-in is asked for. Another word than its own is a mistake that would go unnoticed."""
    asked = os.environ.get("GEMINI", "")
    if asked not in {"", _STAND_IN}:
        raise UnknownChoice(f"GEMINI={asked} means nothing: it is {_STAND_IN}, or nothing")
    return asked == _STAND_IN
