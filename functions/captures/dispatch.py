"""The Lambda that asks devices for photos: EventBridge Scheduler's messages come here, and news of devices that are
back."""

from captures.service import dispatching
from darkroom import worker

handler = worker.sqs_worker(
    {dispatching.DUE: dispatching.fire, dispatching.CONNECTED: dispatching.welcome},
    translate=dispatching.read_scheduled,
)
