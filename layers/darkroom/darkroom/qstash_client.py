"""QStash: has our own API called later, again until it answers, and with a signature that only QStash can make.

Publishing is the outbox's business (`outbox.qstash`); webhooks call `verify`. The SDK is imported in the functions,
because it costs 212 ms and few need it.
"""

import hmac
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from darkroom import log
from darkroom.errors import Unauthorized
from darkroom.secrets import secret
from darkroom.settings import settings

if TYPE_CHECKING:
    from qstash import QStash

RETRIES = 3
_TIMEOUT_SECONDS = 10
SECRET_HEADER = "X-API-Secret"  # noqa: S105 - its name
SIGNATURE_HEADER = "Upstash-Signature"
CORRELATION_HEADER = "X-Correlation-Id"


def publish(
    path: str,
    body: Mapping[str, Any],
    *,
    deduplication_id: str,
    failure_path: str | None = None,
    correlation_id: str | None = None,
    delay: int = 0,
) -> None:
    """Has QStash POST `body` to a path of our API. The same deduplication id is taken once."""
    origin, api_secret = settings().api_origin, secret("api_secret")
    headers = {SECRET_HEADER: api_secret}
    if correlation_id:
        headers[CORRELATION_HEADER] = correlation_id
    _client(secret("qstash_token"), settings().qstash_url).message.publish_json(
        url=origin + path,
        body=dict(body),
        headers=headers,
        retries=RETRIES,
        deduplication_id=deduplication_id,
        delay=delay or None,
        failure_callback=origin + failure_path if failure_path else None,
        failure_callback_headers={f"Forward-{name}": value for name, value in headers.items()}
        if failure_path
        else None,
        redact={"header": [SECRET_HEADER]},
    )


def verify(headers: Mapping[str, str], body: bytes, path: str) -> None:
    """Lets a webhook in: our own secret AND a signature over this body for this URL, by the current or the next key.

    `headers` has lower-case names or ignores case, as every request's here does. Anything else is a 401.
    """
    shown = headers.get(SECRET_HEADER.lower(), "")
    if not hmac.compare_digest(shown.encode(), secret("api_secret").encode()):
        raise Unauthorized("This address is called by our queue only.")
    current, following = secret("qstash_current_signing_key"), secret("qstash_next_signing_key")
    from qstash import Receiver

    try:
        with warnings.catch_warnings(action="ignore"):  # the keys' length is QStash's choice
            Receiver(current, following).verify(
                signature=headers.get(SIGNATURE_HEADER.lower(), ""),
                body=body.decode(),
                url=settings().api_origin + path,
            )
    except Exception as error:  # noqa: BLE001 - the SDK lets KeyError and others through for tokens that lack a claim
        log.warning("qstash.signature_refused", error=type(error).__name__)
        raise Unauthorized("This address is called by our queue only.") from None


@lru_cache(maxsize=1)
def _client(token: str, base_url: str) -> "QStash":
    from qstash import QStash

    client = QStash(token, base_url=base_url, retry=False)  # the outbox tries again, and waits longer in between
    client.http._client.timeout = _TIMEOUT_SECONDS  # noqa: SLF001 - ten minutes by default, and no way to say otherwise
    return client
