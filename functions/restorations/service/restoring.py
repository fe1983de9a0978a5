"""A photo's restoration: submitted, asked about, copied, judged, tried again, ended."""

from typing import Final
from uuid import UUID

from darkroom.db import Tx

QUEUE: Final = "restorations"
SUBMIT: Final = "restorations.submit"
CHECK: Final = "restorations.check"


def told(tx: Tx, job_id: UUID, prediction_id: str) -> None:
    """The provider says that a prediction of this job has ended: it is asked about at once."""
    raise NotImplementedError


def stop(tx: Tx, order_id: UUID, why: str) -> None:
    """Ends what is not finished of an order that is over (refunded): open jobs and photos fail. The order is held."""
    raise NotImplementedError
