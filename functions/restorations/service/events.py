"""What Stripe tells, in whatever order it comes and however often."""

from collections.abc import Mapping
from typing import Any

from darkroom.db import Tx


def receive(tx: Tx, event: Mapping[str, Any]) -> bool:
    """Takes an event whose signature was checked (or that was fetched from Stripe). Whether it was new."""
    raise NotImplementedError
