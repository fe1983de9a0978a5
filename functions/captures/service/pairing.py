"""A code makes an agent the one that speaks for a device."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Paired(NamedTuple):
    device_id: UUID
    device_token: str
    websocket_url: str
    name: str


def pair(tx: Tx, code: str, agent: Mapping[str, Any], address: str) -> Paired:
    raise NotImplementedError
