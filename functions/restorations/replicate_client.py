"""Replicate, by its own SDK, which is imported when it is used.

What it says becomes one of the port's few words (restorations.service.restoring). Its SDK repeats reads by itself for
as long as a server asks it to, which may be longer than a Lambda lives: what is busy is told before it gets to that.
"""

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from darkroom import log, storage
from darkroom.secrets import secret
from darkroom.settings import settings
from restorations.queries.jobs import Job
from restorations.queries.orders import Order
from restorations.service import offer
from restorations.service.restoring import Busy, NotOurs, Oversized, Refused, State, Unanswered, Unknown

if TYPE_CHECKING:
    import httpx
    from replicate.client import Client

WEBHOOK: Final = "/api/v1/webhooks/replicate"
TRY: Final = "try"

_SECONDS: Final = 20
_FETCH_SECONDS: Final = 60
_BUSY: Final = frozenset({429, 503, 504})
_OURS: Final = frozenset({401, 402, 403})
_DELIVERY: Final = "replicate.delivery"


class _Answered(Exception):
    """A server that is busy, before the SDK waits for it."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(f"the service answered {status}")
        self.status = status
        self.seconds = int(retry_after) if retry_after.isdigit() else None


class Replicate:
    """The provider of this environment."""

    def submit(self, image_url: str, order: Order, job: Job) -> str:
        model, _, version = settings().replicate_model.partition(":")
        which: dict[str, Any] = {"version": version} if version else {"model": model}
        try:
            prediction = _client().predictions.create(
                **which,
                input=_input(image_url, order, job),
                webhook=f"{settings().api_origin}{WEBHOOK}/{job.id}?{TRY}={job.try_number}",
                webhook_events_filter=["completed"],
            )
        except Exception as error:
            raise _told(error, not_found=Refused) from error
        return str(prediction.id)

    def look(self, prediction_id: str) -> State:
        try:
            prediction = _client().predictions.get(prediction_id)
            progress = prediction.progress
        except Exception as error:
            raise _told(error, not_found=Unknown) from error
        if prediction.status in ("starting", "processing"):
            return State("running", share=progress.percentage if progress else None)
        return State(prediction.status, output=_first(prediction.output), error=str(prediction.error or ""))

    def fetch(self, url: str) -> bytes:
        """The output's bytes, from where the provider keeps outputs and from nowhere else. No key goes along."""
        import httpx

        if not _is_delivery(url):
            raise Refused("the output lies somewhere else")
        until = time.monotonic() + _FETCH_SECONDS
        content = bytearray()
        try:
            with _outputs().stream("GET", url) as answer:
                if answer.status_code in (403, 404, 410):
                    raise Unknown(f"the output is gone ({answer.status_code})")
                if answer.status_code != 200:
                    raise Busy(f"the output was answered with {answer.status_code}")
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > storage.PHOTO_BYTES_MAX:
                        raise Oversized(f"the output has more than {storage.PHOTO_BYTES_MAX} bytes")
                    if time.monotonic() > until:
                        raise Busy("the output came too slowly")
        except httpx.HTTPError as error:
            raise Busy(f"the output did not come: {type(error).__name__}") from error
        return bytes(content)

    def cancel(self, prediction_id: str) -> None:
        try:
            _client().predictions.cancel(prediction_id)
        except Exception as error:  # noqa: BLE001 - it ends by itself, and costs a little
            log.warning("restorations.not_canceled", prediction_id=prediction_id, error=type(error).__name__)


def _input(image_url: str, order: Order, job: Job) -> dict[str, Any]:
    wishes: dict[str, Any] = {
        offer.IMAGE: image_url,
        offer.FIDELITY: job.fidelity,
        offer.COLORIZE: order.colorize,
        offer.UPSCALE: order.upscale,
    }
    template = offer.model_input(settings().replicate_input)
    return {
        name: wishes[value] if isinstance(value, str) and value in wishes else value for name, value in template.items()
    }


def _told(error: Exception, *, not_found: type[Exception]) -> Exception:
    """What an SDK's failure means here."""
    import httpx
    from replicate.exceptions import ReplicateError

    if isinstance(error, _Answered):
        return Busy(str(error), error.seconds) if error.status == 429 else Unanswered(str(error))
    if isinstance(error, ReplicateError):
        status = error.status or 500
        detail = f"{status}: {error.detail or error.title or ''}"[:500]
        if status in _OURS:
            return NotOurs(detail)
        if status == 404:
            return not_found(detail)
        return Refused(detail) if status < 500 else Unanswered(detail)
    # What is no prediction, or no JSON at all, fails wherever the SDK first relies on it.
    if isinstance(error, (httpx.HTTPError, ValueError, TypeError, AttributeError, KeyError)):
        return Unanswered(type(error).__name__)
    return error


def _first(output: Any) -> str | None:
    """Models answer an address, or a list of them."""
    if isinstance(output, list):
        output = output[-1] if output else None
    return output if isinstance(output, str) and output else None


def _is_delivery(url: str) -> bool:
    try:
        parts, own = urlsplit(url), urlsplit(settings().replicate_url)
        there, here = (parts.scheme, parts.hostname, parts.port), (own.scheme, own.hostname, own.port)
    except ValueError:
        return False
    host = parts.hostname or ""
    is_public = parts.scheme == "https" and parts.port in (None, 443)
    return there == here or (is_public and (host == _DELIVERY or host.endswith(f".{_DELIVERY}")))


def forget() -> None:
    """Make the client anew at its next use (tests that change the address)."""
    if _made.cache_info().currsize:
        _client()._client.close()  # noqa: SLF001 - the SDK has no way to be closed
        _made.cache_clear()
    if _outputs.cache_info().currsize:
        _outputs().close()
        _outputs.cache_clear()


@lru_cache(maxsize=1)
def _outputs() -> "httpx.Client":
    """Kept, because each new one reads all the certificates there are: 90 ms."""
    import httpx

    return httpx.Client(trust_env=False, timeout=_SECONDS)


def _client() -> "Client":
    return _made(secret("replicate_api_token"), settings().replicate_url)


@lru_cache(maxsize=1)
def _made(token: str, base_url: str) -> "Client":
    import httpx
    from replicate.client import Client

    class Impatient(httpx.HTTPTransport):
        def handle_request(self, request: "httpx.Request") -> "httpx.Response":
            # The SDK takes the client's limit away from a submission that does not ask to wait for its end.
            request.extensions["timeout"] = httpx.Timeout(_SECONDS).as_dict()
            answer = super().handle_request(request)
            if answer.status_code in _BUSY:
                answer.close()
                raise _Answered(answer.status_code, answer.headers.get("retry-after", ""))
            return answer

    return Client(token, base_url=base_url, timeout=httpx.Timeout(_SECONDS), transport=Impatient())
