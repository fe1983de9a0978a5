"""The push worker: what a message says has moved, it delivers; what it says has ended, it closes."""

from darkroom import realtime
from darkroom.db import Tx
from darkroom.messages import Message, NotAMessage
from darkroom.worker import sqs_worker
from realtime import delivery
from realtime.gateway import Gateway


def _deliver(_: Tx, message: Message) -> None:
    topic = message.data.get("topic")
    if not isinstance(topic, str):
        raise NotAMessage("data.topic is not a topic")
    delivery.deliver(Gateway.current(), topic)


def _close(_: Tx, message: Message) -> None:
    connection_ids = message.data.get("connection_ids")
    if not isinstance(connection_ids, list):
        raise NotAMessage("data.connection_ids is not a list")
    Gateway.current().close_each([str(connection_id) for connection_id in connection_ids])


# Both may be repeated at will, and neither has a transaction of its own: what was delivered stands in the marks.
handler = sqs_worker(guarded={realtime.DELIVER: _deliver, realtime.CLOSE: _close})
