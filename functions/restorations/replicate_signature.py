"""Whether a webhook was signed by Replicate, by its own SDK, and within the last minutes."""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from darkroom import clock, log
from darkroom.errors import BadRequest
from darkroom.secrets import secret

TOLERANCE_SECONDS: Final = 300
_REFUSED: Final = "This address is called by Replicate only."


class Told(NamedTuple):
    """Which prediction has ended, and the addresses that it was given."""

    prediction_id: str
    given: str


def verified(body: bytes, headers: Mapping[str, str]) -> Told:
    """What a webhook tells, or BadRequest. `headers` has lower-case names or ignores case."""
    key = secret("replicate_webhook_secret", "")
    if not key:
        raise BadRequest(_REFUSED)  # nothing is signed with an empty key
    from replicate.webhook import Webhooks, WebhookSigningSecret

    try:
        # The SDK looks at the age only when it is told to, and by its own clock; ours is the one that tests move.
        age = clock.now().timestamp() - int(headers.get("webhook-timestamp", ""))
        if abs(age) > TOLERANCE_SECONDS:
            raise ValueError("too old")  # noqa: TRY301 - one way out of everything that is wrong
        Webhooks.validate(
            headers={name.lower(): value for name, value in headers.items()},
            body=body.decode(),
            secret=WebhookSigningSecret(key=key),
        )
        document = json.loads(body)
        prediction_id = document["id"]
        if not isinstance(prediction_id, str) or not 1 <= len(prediction_id) <= 100:
            raise ValueError("no prediction")  # noqa: TRY301
        given = document.get("input") or {}
        texts = [value for value in given.values() if isinstance(value, str)]
    except Exception as error:  # noqa: BLE001 - whatever its bytes lead to, it is not Replicate's
        log.warning("restorations.webhook_refused", error=type(error).__name__)
        raise BadRequest(_REFUSED) from None
    return Told(prediction_id, "\n".join(texts))
