"""Whether an event was signed by Stripe, by its own SDK."""

from collections.abc import Mapping
from typing import Any


def verified(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The event, or BadRequest."""
    raise NotImplementedError
