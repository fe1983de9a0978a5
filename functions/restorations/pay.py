"""The Lambda that asks the payment provider for refunds, and mails what was asked for."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import lookup, refunding, refunds


def _send(tx: Tx, message: Message) -> None:
    refunding.send(tx, message.uuid("refund_id"))


def _links(tx: Tx, message: Message) -> None:
    lookup.mail_links(tx, None if message.data["order_id"] is None else message.uuid("order_id"))


handler = worker.sqs_worker({lookup.LINKS: _links}, guarded={refunds.SEND: _send})
