"""Having made what the model is shown of a photo. Making it (model_inputs) stands apart, so that nothing else which
sends photos on their way has to carry what opens them."""

from typing import Final

from darkroom import messages, outbox
from darkroom.db import Tx
from restorations.queries.jobs import Job

QUEUE: Final = "judgements"  # whose worker opens photos
PREPARE: Final = "restorations.prepare"


def send(tx: Tx, job: Job) -> None:
    outbox.send(tx, QUEUE, messages.new(PREPARE, {"job_id": job.id}))
