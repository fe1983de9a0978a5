"""What an expression means between its start and its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from captures.recurrence.errors import BadExpression
from captures.recurrence.rules import Once, Rate, Rule

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Recurrence:
    """Moments are aware datetimes, in UTC. Start and end are themselves inside."""

    rule: Rule
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def text(self) -> str:
        """The expression in the one form that Scheduler is told."""
        return self.rule.text

    @property
    def interval(self) -> timedelta | None:
        """A rate's; the others have none."""
        return self.rule.interval if isinstance(self.rule, Rate) else None

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Every time it fires after a moment, in order; a schedule may have no last one."""
        start = max(moment, self.starts_at - _INSTANT) if self.starts_at else moment
        for due in self.rule.after(start):
            if self.ends_at is not None and due > self.ends_at:
                return
            yield due

    def next_after(self, moment: datetime) -> datetime | None:
        return next(self.after(moment), None)

    def upcoming(self, after: datetime, n: int) -> list[datetime]:
        return list(islice(self.after(after), n))

    def nearest(self, moment: datetime, within: timedelta) -> datetime | None:
        """The time it fires that is nearest to a moment, the earlier of two; None when none is that near."""
        best: datetime | None = None
        for due in self.after(moment - within - _INSTANT):
            if due > moment + within or (best is not None and abs(due - moment) >= abs(best - moment)):
                break
            best = due
        return best

    def why_never(self, now: datetime) -> BadExpression | None:
        """Why it does not fire any more, for the person who asked for it; None when it does."""
        if self.next_after(now) is not None:
            return None
        if isinstance(self.rule, Once):
            return BadExpression(f"That moment has passed: it was {self.rule.moment:%Y-%m-%d %H:%M:%S} UTC.")
        if self.ends_at is not None and next(self.rule.after(now), None) is not None:
            return BadExpression(
                "It would not fire once before this; end it later or have it fire more often.", "ends_at"
            )
        return BadExpression("It would never fire: no day that is still to come fits its day, month and year.")
