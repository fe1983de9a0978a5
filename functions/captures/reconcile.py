"""Each night: schedules that Scheduler lacks, has too many of, or has differently, are mended.

It mends nothing itself. Every row and every schedule that Scheduler has gets the message that an edit sends, and the
sync worker writes what differs.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from captures import scheduling
from captures.queries import schedules as queries
from captures.queries.schedules import Schedule
from captures.service import schedules
from darkroom import clock, db, log, outbox

_AT_ONCE = 500


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        counts = _compare()
        log.info("reconcile.done", **counts)
    return counts


def _compare() -> dict[str, int]:
    now = clock.now()
    there = set(scheduling.names())
    checked = missing = 0
    for rows in _rows():
        wanted = [row for row in rows if scheduling.will_fire(row, now) or scheduling.name_of(row.id) in there]
        checked += len(rows)
        missing += sum(scheduling.name_of(row.id) not in there for row in wanted)
        there.difference_update(scheduling.name_of(row.id) for row in rows)
        _send([row.id for row in wanted])
    strays = [scheduling.id_of(name) for name in there]
    if None in strays:
        log.error("reconcile.not_ours", names=sorted(name for name in there if scheduling.id_of(name) is None)[:10])
    _send(stray for stray in strays if stray is not None)
    return {"checked": checked, "missing": missing, "stray": len(strays)}


def _rows() -> Iterator[list[Schedule]]:
    last: UUID | None = None
    while True:
        with db.reading() as tx:
            rows = queries.batch(tx, last, _AT_ONCE)
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _send(schedule_ids: Iterable[UUID]) -> None:
    with db.transaction() as tx:
        outbox.send_many(tx, schedules.QUEUE, schedules.sync_messages(schedule_ids))
