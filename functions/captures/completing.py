"""A photo has been brought: what storage holds is looked into, and becomes an image."""

from uuid import UUID

from captures.queries.captures import Capture
from captures.schemas.agent import Completion
from darkroom.db import Tx


def complete(tx: Tx, device_id: UUID, capture_id: UUID, said: Completion) -> Capture:
    raise NotImplementedError
