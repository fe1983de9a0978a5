"""Whether an event was signed by Stripe, by its own SDK."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from darkroom import log
from darkroom.errors import BadRequest
from darkroom.secrets import secret

TOLERANCE_SECONDS: Final = 300
_HEADER: Final = "stripe-signature"


def verified(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The event, or BadRequest."""
    import stripe

    shown = headers.get(_HEADER, "")
    try:
        # Without a secret the SDK refuses everything.
        stripe.WebhookSignature.verify_header(body, shown, secret("stripe_webhook_secret", ""), TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as failure:
        log.warning("stripe.not_signed", why=type(failure).__name__)
        raise BadRequest("This was not signed by the payment provider within the last five minutes.") from failure
    if _is_of_the_future(shown):
        raise BadRequest("This was signed in the future.")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise BadRequest("This is no event.") from failure
    if not isinstance(event, dict):
        raise BadRequest("This is no event.")
    return event


def _is_of_the_future(shown: str) -> bool:
    """The SDK, which has read the header by now, minds the past only."""
    times = [part.partition("=")[2] for part in shown.split(",") if part.partition("=")[0] == "t"]
    return int(times[0]) > time.time() + TOLERANCE_SECONDS
