"""When schedules fire: rows and wishes, read by `captures.recurrence`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Protocol

from captures.recurrence import BadExpression, Recurrence, describe, parse
from darkroom.errors import BadRequest, FieldError

AHEAD = timedelta(hours=25)  # a day, and what it takes to come back for the next
MOST_AHEAD = 1_500
_YEARS = range(1970, 2200)  # Scheduler's own


class Timed(Protocol):
    """What says when something fires: a row, or what a person asks for."""

    @property
    def expression(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


def read(timed: Timed, made_at: datetime) -> Recurrence:
    """`BadExpression` for what cannot be read. A row can be read, unless the world has lost its time zone."""
    return parse(timed.expression, timed.timezone, anchor=made_at, starts_at=timed.starts_at, ends_at=timed.ends_at)


def checked(timed: Timed, made_at: datetime, now: datetime) -> Recurrence:
    """What a person asks for, if it ever fires; otherwise a 400 that names the field and says what to do."""
    _check_dates(timed.starts_at, timed.ends_at)
    try:
        recurrence = read(timed, made_at)
    except BadExpression as refused:
        raise _refusal(refused) from refused
    never = recurrence.why_never(now)
    if never is not None:
        raise _refusal(never)
    return recurrence


def after(timed: Timed, made_at: datetime, moment: datetime) -> Iterator[datetime]:
    """When it fires after a moment; never, should it not be readable any more."""
    try:
        return read(timed, made_at).after(moment)
    except BadExpression:
        return iter(())


def ahead(timed: Timed, made_at: datetime, now: datetime) -> list[datetime]:
    """The times of a day ahead."""
    coming = takewhile(lambda due: due <= now + AHEAD, after(timed, made_at, now))
    return list(islice(coming, MOST_AHEAD))


def in_words(timed: Timed) -> str:
    try:
        return describe(timed.expression, timed.timezone)
    except BadExpression:
        return timed.expression


def _check_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    dates = {"starts_at": starts_at, "ends_at": ends_at}
    strange = [name for name, moment in dates.items() if moment is not None and moment.year not in _YEARS]
    if strange:
        raise _bad_request(*(FieldError(name, "Years go from 1970 to 2199.") for name in strange))
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise _bad_request(FieldError("ends_at", "It would end before it starts."))


def _refusal(refused: BadExpression) -> BadRequest:
    return _bad_request(FieldError(refused.field, refused.reason))


def _bad_request(*fields: FieldError) -> BadRequest:
    return BadRequest(fields[0].message, fields=fields)
