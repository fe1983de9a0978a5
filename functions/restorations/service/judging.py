"""Whether a result may be sent: a photo, no worse than its original, and the same people."""

from typing import Final
from uuid import UUID

from darkroom.db import Tx

QUEUE: Final = "judgements"
JUDGE: Final = "restorations.judge"


def judge(tx: Tx, job_id: UUID, try_number: int) -> None:
    raise NotImplementedError
