"""The vision model: one call for one batch of photos.

There are two ways to fail. `ModelBusy` passes: the same call may do better later, and the queue brings it back, so the
SDK itself never tries again. `ModelFailed` does not pass. Neither says anything of the photos, the wishes or the key.

The SDK is imported when the model is first asked: it takes half a second, and without a key nobody needs it.
"""

import json
import math
import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from darkroom import images, log
from darkroom.settings import settings
from galleries.curating import model, prompt, proposals
from galleries.curating.photos import Album
from galleries.curating.prompt import Picture
from galleries.curating.proposals import KeptAnswer, NonsenseAnswer

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.errors import APIError
    from google.genai.types import GenerateContentConfig, GenerateContentResponse

__all__ = ["EDGE", "ModelBusy", "ModelFailed", "Picture", "propose", "shrink"]

EDGE = 768
_TEMPERATURE = 0.2  # the same photos should make the same albums
_ANSWER_TOKENS = 16_384  # its thoughts count
_BUSY = frozenset({408, 409, 425, 429, 499})
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s?")
_WAIT_MAX_SECONDS = 3_600


class ModelBusy(Exception):
    """The model is overloaded, slow or out of reach: ask again later."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds, when it said so."""


class ModelFailed(Exception):
    """The model refuses these photos, or what it says makes no sense."""


def shrink(derivative: bytes) -> bytes:
    """The picture for the model, of a larger one. Raises images.NotAPhoto."""
    return images.derivatives(derivative, [EDGE])[EDGE]


def propose(pictures: Sequence[Picture], albums_so_far: Sequence[Album], instructions: str | None) -> KeptAnswer:
    """Asks once how these photos make albums. What comes back is stored as it is and given to proposals.merge.

    Raises ModelBusy or ModelFailed.
    """
    response = _ask(pictures, albums_so_far, instructions)
    usage = response.usage_metadata
    log.info(
        "gemini.answered",
        model=settings().gemini_model,
        photos=len(pictures),
        tokens_in=usage and usage.prompt_token_count,
        tokens_out=usage and usage.candidates_token_count,
        tokens_thought=usage and usage.thoughts_token_count,
    )
    try:
        shown = [picture.photo_id for picture in pictures]
        return proposals.checked(_document(_text(response)), shown, len(albums_so_far))
    except NonsenseAnswer as failure:
        raise ModelFailed(str(failure)) from None


def _ask(
    pictures: Sequence[Picture], albums_so_far: Sequence[Album], instructions: str | None
) -> "GenerateContentResponse":
    from google.genai import errors, types
    from httpx2 import HTTPError

    contents: list[Any] = [prompt.opening(albums_so_far, instructions, len(pictures))]
    for number, picture in enumerate(pictures, start=1):
        contents.append(prompt.caption(number, picture))
        contents.append(types.Part.from_bytes(data=picture.content, mime_type=picture.content_type))
    current = settings()
    client = _client(model.key(), current.gemini_url, current.gemini_timeout_seconds)
    config = _config()
    try:
        with warnings.catch_warnings(action="ignore"):  # a word that is new to the SDK is no news to the log
            return client.models.generate_content(model=current.gemini_model, contents=contents, config=config)
    except errors.APIError as failure:
        raise _of_status(failure) from None
    except HTTPError as failure:
        raise ModelBusy(f"no answer: {type(failure).__name__}") from None
    except Exception as failure:  # noqa: BLE001 - the SDK raises whatever a body that is none leads to
        raise ModelBusy(f"not the model's protocol: {type(failure).__name__}") from None


def _config() -> "GenerateContentConfig":
    from google.genai import types

    from galleries.curating.answer_schema import Answer

    return types.GenerateContentConfig(
        system_instruction=prompt.SYSTEM,
        response_mime_type="application/json",
        response_schema=Answer,
        temperature=_TEMPERATURE,
        max_output_tokens=_ANSWER_TOKENS,
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW),  # sorting needs little
    )


@lru_cache(maxsize=1)
def _client(key: str, url: str, timeout_seconds: int) -> "Client":
    from google.genai import Client, types

    return Client(
        vertexai=False,
        api_key=key,
        http_options=types.HttpOptions(
            base_url=url,
            timeout=timeout_seconds * 1_000,
            retry_options=types.HttpRetryOptions(attempts=1),
            # The key is in a header that would go along to wherever a redirect leads.
            client_args={"follow_redirects": False, "trust_env": False},
        ),
    )


def _text(response: "GenerateContentResponse") -> str:
    """What the model said, when it said all of it."""
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise ModelFailed(f"blocked: {feedback.block_reason.value}")
    if not response.candidates:
        raise ModelBusy("an answer without anything in it")
    reason = response.candidates[0].finish_reason
    if reason is not None and reason.value not in {"STOP", "FINISH_REASON_UNSPECIFIED"}:
        raise ModelFailed(f"ended by {reason.value}")
    content = response.candidates[0].content
    parts = content.parts if content is not None else None
    return "".join(part.text for part in parts or () if part.text and not part.thought)


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ModelFailed("the answer is no JSON") from None


def _of_status(failure: "APIError") -> ModelBusy | ModelFailed:
    status = failure.code
    reason = f"status {status}"
    if status in _BUSY or status >= 500:
        return ModelBusy(reason, _retry_after(failure))
    return ModelFailed(reason)


def _retry_after(failure: "APIError") -> int | None:
    """How long to wait, by the header or by Google's RetryInfo; nothing when neither makes sense."""
    headers = getattr(failure.response, "headers", None) or {}
    error = failure.details.get("error") if isinstance(failure.details, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    said = [headers.get("retry-after")]
    if isinstance(details, list):
        said += [detail.get("retryDelay") for detail in details if isinstance(detail, dict)]
    for text in said:
        if isinstance(text, str) and (found := _SECONDS.fullmatch(text.strip())):
            return min(math.ceil(float(found[1])), _WAIT_MAX_SECONDS)
    return None
