"""The long poll: what there is to do for a device, as soon as there is any."""

from typing import Any
from uuid import UUID

from darkroom.db import Tx


def poll(tx: Tx, device_id: UUID, wait: int, revision: int | None) -> dict[str, Any]:
    raise NotImplementedError
