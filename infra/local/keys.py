"""The stack's secrets: made once, kept in the home, put into the emulated Secrets Manager at each start.

A provider's key in the environment takes the place of the one made here, and with it the real provider is used.
"""

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
    "stripe_webhook_secret": "whsec_",
}
_FROM_ENVIRONMENT = (
    "qstash_token",
    "qstash_current_signing_key",
    "qstash_next_signing_key",
    "stripe_webhook_secret",
    "stripe_api_key",
    "replicate_api_token",
    "gemini_api_key",
    "sendgrid_api_key",
)
ANNOUNCED = ("api_secret", "qstash_current_signing_key", "qstash_next_signing_key", "stripe_webhook_secret")


def load(home: Home) -> dict[str, str]:
    """The kept secrets, completed with new ones for names that came since, under what the environment says."""
    kept: dict[str, str] = read_document(home.keys) or {}
    missing = {name: prefix + secrets.token_urlsafe(32) for name, prefix in _MADE_HERE.items() if name not in kept}
    if missing:
        kept |= missing
        write_private(home.keys, kept)
    given = {name: os.environ[name.upper()] for name in _FROM_ENVIRONMENT if os.environ.get(name.upper())}
    return kept | given
