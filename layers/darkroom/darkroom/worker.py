"""SQS workers: a batch in, the ids of the messages that failed out.

Each message is one transaction, and its id is written to `processed_messages` in that same transaction: a second
delivery, late or at the same moment, finds it and has no effect. A handler that must commit before it has finished
(reserve, call a provider, settle) is `guarded` instead: it is called each time and its own rows know what was done.

A failure is passing until it says that it is not: the message comes back after a pause that doubles with jitter. A
permanent one (`Permanent`, or a message that nobody here understands) gives up its remaining receives at once, so
that SQS itself moves it to the dead-letter queue, from where `infra/tools/redrive.py` brings it back.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from darkroom import db, log, messages
from darkroom.db import Tx
from darkroom.messages import Message, NotAMessage
from darkroom.outbox import EVENT_SOURCE
from darkroom.settings import settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

Handler = Callable[[Tx, Message], object]
Translate = Callable[[dict[str, Any]], Sequence[Message]]
LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]

FIRST_PAUSE_SECONDS = 2
LONGEST_PAUSE_SECONDS = 900
_TIME_TO_FINISH_MS = 3_000


_invocation: ContextVar[Any] = ContextVar("invocation", default=None)


def seconds_left() -> float:
    """How long this invocation may still take: for handlers that stop in time and let another message go on."""
    context = _invocation.get()
    return math.inf if context is None else float(context.get_remaining_time_in_millis()) / 1000


class Permanent(Exception):
    """Repeating the message cannot help."""


class NotBegun(Exception):
    """There was no time left to begin with this one."""


@dataclass(frozen=True, slots=True)
class _Failure:
    record: Mapping[str, Any]
    cause: Exception
    pause: int


def sqs_worker(
    handles: Mapping[str, Handler] | None = None,
    *,
    guarded: Mapping[str, Handler] | None = None,
    translate: Translate | None = None,
) -> LambdaHandler:
    """The Lambda handler of a queue. Keys are message names; a name other than version 1 is `name@2`.

    `translate` turns bodies that AWS itself wrote (S3, EventBridge, SES ...) into messages; without it they are
    refused like anything else that is not understood.
    """
    return Worker(handles or {}, guarded or {}, translate).handle


class Worker:
    """One queue's worker; its `handle` is the Lambda handler."""

    def __init__(
        self, once: Mapping[str, Handler], guarded: Mapping[str, Handler], translate: Translate | None
    ) -> None:
        self._once = once
        self._guarded = guarded
        self._translate = translate

    @property
    def names(self) -> list[str]:
        """What this queue's worker understands: `mail.send.v1`."""
        keys = [*self._once, *self._guarded]
        return [f"{name}.v{version or 1}" for name, _, version in (key.partition("@") for key in keys)]

    def handle(self, event: dict[str, Any], context: Any = None) -> dict[str, Any]:
        """Every message once; which of them SQS is to keep is Powertools' answer to Lambda."""
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

        _invocation.set(context)
        failures: list[_Failure] = []

        def attempt(record: "SQSRecord") -> None:
            failure = self._attempt(record.raw_event, context)
            if failure is not None:
                failures.append(failure)
                raise failure.cause

        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        with processor(event["Records"], attempt):
            processor.process()
        _pause(failures)
        return dict(processor.response())

    def _attempt(self, record: Mapping[str, Any], context: Any) -> _Failure | None:
        if context is not None and context.get_remaining_time_in_millis() < _TIME_TO_FINISH_MS:
            return _Failure(record, NotBegun(), pause=0)  # somebody with more time takes it
        with log.context(request_id=getattr(context, "aws_request_id", None)):
            receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
            log.bind(message_id=record["messageId"], attempt=receives)
            try:
                self._obey(record, receives)
            except (Permanent, NotAMessage) as error:
                log.exception("worker.refused", error)
                return _Failure(record, error, pause=0)
            except Exception as error:  # noqa: BLE001 - whatever it was, the message is not done
                log.exception("worker.failed", error)
                return _Failure(record, error, pause=backoff(receives))
        return None

    def _obey(self, record: Mapping[str, Any], receives: int) -> None:
        for message in self._read(record["body"]):
            log.bind(message_id=str(message.id), message=message.name, correlation_id=message.correlation_id)
            self._process(_consumer(record), replace(message, attempt=max(message.attempt, receives)))

    def _read(self, body: str) -> Sequence[Message]:
        document = messages.read_json(body)
        if isinstance(document, dict):
            if document.get("source") == EVENT_SOURCE and "detail" in document:
                return [messages.from_document(document["detail"])]
            if self._translate is not None and "correlation_id" not in document:
                try:
                    return self._translate(document)
                except (KeyError, TypeError, ValueError, IndexError) as error:
                    raise NotAMessage(f"cannot be translated: {type(error).__name__}") from error
        return [messages.from_document(document)]

    def _process(self, consumer: str, message: Message) -> None:
        key = message.name if message.version == 1 else f"{message.name}@{message.version}"
        if key in self._guarded:
            with db.transaction() as tx:
                self._guarded[key](tx, message)
        elif key in self._once:
            with db.transaction() as tx:
                if not _first_time(tx, consumer, message.id):
                    log.info("worker.already_done")
                    return
                self._once[key](tx, message)
        else:
            raise NotAMessage(f"nobody here understands {key}")
        log.info("worker.done")


def backoff(receives: int) -> int:
    """Seconds until the next try: doubling from two, at most 15 minutes, the second half of it by chance."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(receives, 16))
    return random.randint(longest // 2, longest)  # noqa: S311 - jitter, no secret


def s3_objects_created(document: dict[str, Any]) -> list[Message]:
    """A `translate` for a queue that a bucket notifies: one `s3.object_created` for each object.

    S3 may tell the same object twice; the id is made of what tells the two apart from another write.
    """
    from urllib.parse import unquote_plus

    if document.get("Event") == "s3:TestEvent":
        return []
    found = []
    for record in document["Records"]:
        if record["eventSource"] != "aws:s3" or not record["eventName"].startswith("ObjectCreated:"):
            raise ValueError(record["eventName"])
        described = record["s3"]["object"]
        key = unquote_plus(described["key"])
        source = f"s3://{record['s3']['bucket']['name']}/{key}#{described.get('sequencer') or described['eTag']}"
        data: dict[str, messages.Value | UUID] = {"key": key, "size": described["size"]}
        found.append(replace(messages.new("s3.object_created", data), id=uuid5(NAMESPACE_URL, source)))
    return found


def _first_time(tx: Tx, consumer: str, message_id: UUID) -> bool:
    """Waits here for a delivery of the same message that is under way, and then sees how it ended."""
    return bool(
        tx.execute(
            "INSERT INTO processed_messages (consumer, message_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (consumer, message_id),
        )
    )


def _consumer(record: Mapping[str, Any]) -> str:
    """The queue's name: two queues that get the same event are two consumers."""
    return str(record["eventSourceARN"]).rpartition(":")[2]


def _pause(failures: Sequence[_Failure]) -> None:
    """Tells SQS when to deliver the failed messages again. Best effort: without it they come back all the same."""
    from darkroom import aws

    account = settings().queue_url_prefix.rpartition("/")[0]
    for failure in failures:
        target = {
            "QueueUrl": f"{account}/{_consumer(failure.record)}",
            "ReceiptHandle": failure.record["receiptHandle"],
            "VisibilityTimeout": failure.pause,
        }
        try:
            aws.call("sqs", "AmazonSQS.ChangeMessageVisibility", target)
        except Exception as error:  # noqa: BLE001 - the batch's answer matters more than the pause
            log.warning("worker.pause_failed", error=type(error).__name__)
