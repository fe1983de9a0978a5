"""What must happen after a commit, written in the transaction that promises it.

A row is sent right after its commit and removed when the receiver has confirmed it. Whatever a crash left behind is
sent by `relay`, each minute. So nothing that was promised is lost, and everything may arrive twice: killed between
sending and removing, a row is sent again, and its consumer knows the message's id.

A row is leased to whoever is sending it: to the request that wrote it at first, then to one relay at a time, for
longer after each failure. No network call is made inside a transaction.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from darkroom import db, ids, log, messages
from darkroom.db import Tx
from darkroom.messages import Message
from darkroom.settings import settings

MAX_DELAY_SECONDS = 900  # SQS's own
EVENT_SOURCE = "darkroom"

_BATCH = 10  # both services' own
_BATCH_BYTES = 200_000
_RELAY_BATCH = 100
_LOUD_ATTEMPTS = 5

_written: WeakKeyDictionary[Tx, list[UUID]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    channel: str
    destination: str
    body: dict[str, Any]
    delay_seconds: int
    attempts: int


def send(tx: Tx, queue: str, message: Message, delay: int = 0) -> None:
    """Puts a message on a queue (its logical name) once the transaction is durable."""
    send_many(tx, queue, [message], delay)


def send_many(tx: Tx, queue: str, several: Iterable[Message], delay: int = 0) -> None:
    if not 0 <= delay <= MAX_DELAY_SECONDS:
        raise ValueError("a queue delays by at most 900 seconds")
    _write(tx, [(message.id, "queue", queue, messages.to_document(message), delay) for message in several])


def publish(tx: Tx, message: Message) -> None:
    """Puts an event on the bus once the transaction is durable; its type is the message's name."""
    _write(tx, [(message.id, "event", message.name, messages.to_document(message), 0)])


def qstash(tx: Tx, path: str, body: Mapping[str, Any], *, failure_path: str | None = None, delay: int = 0) -> None:
    """Has QStash call a path of our API once the transaction is durable, and another one when it gives up."""
    document = {"body": dict(body), "failure_path": failure_path, "correlation_id": log.bound("correlation_id")}
    _write(tx, [(ids.new_id(), "qstash", path, document, delay)])


def adopt(tx: Tx) -> None:
    """Has what triggers of this transaction have written sent right after the commit, too, and not by the relay."""
    rows = tx.all(
        """UPDATE outbox SET leased_until = clock_timestamp() + interval '30 seconds'
            WHERE xmin = pg_current_xact_id()::xid AND leased_until <= clock_timestamp() RETURNING id"""
    )
    _remember(tx, [row["id"] for row in rows])


def relay(limit: int = 1_000) -> int:
    """Sends what was left behind and returns how many were confirmed. Any number of these may run at once."""
    confirmed = seen = 0
    while seen < limit:
        with db.transaction() as tx:
            rows = _claim(tx, min(_RELAY_BATCH, limit - seen))
        if not rows:
            break
        seen += len(rows)
        confirmed += len(_send(rows))
    return confirmed


def _write(tx: Tx, rows: Sequence[tuple[UUID, str, str, dict[str, Any], int]]) -> None:
    tx.execute_many(
        """INSERT INTO outbox (id, channel, destination, body, delay_seconds, leased_until)
           VALUES (%s, %s, %s, %s, %s, clock_timestamp() + interval '30 seconds')""",
        [(row_id, channel, place, json.dumps(body), delay) for row_id, channel, place, body, delay in rows],
    )
    _remember(tx, [row[0] for row in rows])


def _remember(tx: Tx, written: Sequence[UUID]) -> None:
    if tx not in _written:
        _written[tx] = []
    _written[tx].extend(written)
    tx.after_commit(lambda: _send_written(tx))


def _send_written(tx: Tx) -> None:
    """Runs once for each write of the transaction; the first run sends everything, in as few calls as can be."""
    written = _written.pop(tx, None)
    if written:
        with db.reading() as reading:
            # Read again: what was written inside a savepoint that was undone is not there.
            rows = reading.all(
                """SELECT id, channel, destination, body, delay_seconds, attempts
                     FROM outbox WHERE id = ANY(%s) ORDER BY id""",
                (written,),
                into=Row,
            )
        left = set(written) - _send(rows)
        if left:  # for the relay's next minute, not for the end of this request's lease
            with db.reading() as reading:
                reading.execute(
                    "UPDATE outbox SET leased_until = now() WHERE id = ANY(%s) AND attempts = 0", (list(left),)
                )


def _claim(tx: Tx, limit: int) -> list[Row]:
    """Leases rows that nobody is sending. The lease doubles with each attempt, up to an hour: that is the backoff."""
    claimed = tx.all(
        """WITH due AS (
               SELECT id FROM outbox
                WHERE leased_until <= clock_timestamp()
                ORDER BY leased_until, id
                LIMIT %s
                  FOR UPDATE SKIP LOCKED)
           UPDATE outbox AS o
              SET attempts = attempts + 1,
                  leased_until = clock_timestamp()
                                 + least(interval '1 hour', interval '1 minute' * 2 ^ least(attempts, 10)),
                  delay_seconds = greatest(
                      0, delay_seconds - extract(epoch FROM clock_timestamp() - created_at)::integer)
             FROM due WHERE o.id = due.id
        RETURNING o.id, o.channel, o.destination, o.body, o.delay_seconds, o.attempts""",
        (limit,),
        into=Row,
    )
    return sorted(claimed, key=lambda row: row.id)


def _send(rows: Sequence[Row]) -> set[UUID]:
    """Sends rows by channel and destination, removes the confirmed ones and leaves the others to the relay. Which were
    confirmed."""
    confirmed: list[UUID] = []
    for (channel, destination), group in _grouped(rows).items():
        try:
            confirmed.extend(_CHANNELS[channel](destination, group))
        except Exception as error:  # noqa: BLE001 - one destination that is away must not hold up the others
            log.exception("outbox.send_failed", error, channel=channel, destination=destination, rows=len(group))
    if confirmed:
        with db.reading() as tx:
            tx.execute("DELETE FROM outbox WHERE id = ANY(%s)", (confirmed,))
    for row in rows:
        if row.attempts >= _LOUD_ATTEMPTS and row.id not in confirmed:
            log.error("outbox.stuck", message_id=str(row.id), destination=row.destination, attempts=row.attempts)
    return set(confirmed)


def _grouped(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        destination = "" if row.channel == "event" else row.destination
        groups.setdefault((row.channel, destination), []).append(row)
    return groups


def _to_queue(name: str, rows: Sequence[Row]) -> Iterator[UUID]:
    from darkroom import aws

    url = settings().queue_url(name)
    for batch in _batches(rows):
        entries = [{"Id": str(row.id), "MessageBody": body, "DelaySeconds": row.delay_seconds} for row, body in batch]
        answer = aws.call("sqs", "AmazonSQS.SendMessageBatch", {"QueueUrl": url, "Entries": entries})
        for failed in answer.get("Failed", []):
            log.warning("outbox.refused", queue=name, message_id=failed.get("Id"), code=failed.get("Code"))
        yield from (UUID(sent["Id"]) for sent in answer.get("Successful", []))


def _to_event_bus(_: str, rows: Sequence[Row]) -> Iterator[UUID]:
    from darkroom import aws

    for batch in _batches(rows):
        entries = [
            {
                "EventBusName": settings().event_bus,
                "Source": EVENT_SOURCE,
                "DetailType": row.destination,
                "Detail": body,
            }
            for row, body in batch
        ]
        answer = aws.call("events", "AWSEvents.PutEvents", {"Entries": entries})
        for (row, _body), result in zip(batch, answer["Entries"], strict=True):
            if result.get("EventId"):
                yield row.id
            else:
                log.warning("outbox.refused", event_type=row.destination, code=result.get("ErrorCode"))


def _to_qstash(path: str, rows: Sequence[Row]) -> Iterator[UUID]:
    from darkroom import qstash_client

    for row in rows:
        qstash_client.publish(
            path,
            row.body["body"],
            deduplication_id=str(row.id),
            failure_path=row.body["failure_path"],
            correlation_id=row.body["correlation_id"],
            delay=row.delay_seconds,
        )
        yield row.id


_CHANNELS: dict[str, Callable[[str, Sequence[Row]], Iterator[UUID]]] = {
    "queue": _to_queue,
    "event": _to_event_bus,
    "qstash": _to_qstash,
}


def _batches(rows: Sequence[Row]) -> Iterator[list[tuple[Row, str]]]:
    """At most ten entries a call, and no more bytes than both services take."""
    batch: list[tuple[Row, str]] = []
    size = 0
    for row in rows:
        body = json.dumps(row.body, separators=(",", ":"))
        if batch and (len(batch) == _BATCH or size + len(body) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((row, body))
        size += len(body)
    if batch:
        yield batch
