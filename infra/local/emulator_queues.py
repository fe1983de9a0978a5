"""Messages that were in flight when the emulator ended are to be had again at once when it comes back.

Whoever had received them ended with the stack, or lost the queue that it would answer to. SQS itself never starts
again; here it does, and nobody should wait out a visibility of minutes, or of an hour, for a receiver that is dead.
"""

import time
from collections.abc import Iterable
from typing import Any


def let_go() -> None:
    """Have what is restored from disk be nobody's."""
    from ministack.services import sqs

    for owner, name in ((sqs, "load_persisted_state"), (sqs._queues, "_data")):  # noqa: SLF001
        assert hasattr(owner, name), f"ministack has no {name}"
    restore = sqs.load_persisted_state

    def restore_and_let_go(state: Any) -> None:
        restore(state)
        release(message for queue in sqs._queues._data.values() for message in queue["messages"])  # noqa: SLF001

    sqs.load_persisted_state = restore_and_let_go


def release(messages: Iterable[dict[str, Any]]) -> None:
    """What waits out the delay it was sent with goes on waiting: nobody has had it yet."""
    now = time.time()
    for message in messages:
        if message["receive_count"] > 0:
            message["visible_at"] = min(message["visible_at"], now)
