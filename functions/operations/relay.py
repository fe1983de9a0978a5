"""Each minute: send what a crash left in the outbox, and wake deliveries that stood still."""

from typing import Any

from darkroom import db, log, outbox, realtime
from operations import queries, service


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        with db.transaction() as tx:
            queries.ran(tx, "relay")
            woken = realtime.wake_lagging(tx)
        sent = outbox.relay()
        with db.reading() as tx:
            service.measure_outbox(tx)
        if sent or woken:
            log.info("relay.done", sent=sent, woken=woken)
    return {"sent": sent, "woken": woken}
