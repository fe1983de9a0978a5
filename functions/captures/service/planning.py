"""A schedule's moments, for those that come with one: EventBridge Scheduler, and agents that were offline."""

from datetime import datetime, timedelta
from typing import Final

from captures import recurrence
from captures.queries.asking import Plan
from captures.recurrence import BadExpression

_NEAR: Final = timedelta(minutes=1)  # as precise as Scheduler is


def own_moment(plan: Plan, moment: datetime) -> datetime | None:
    """The schedule's own moment that is meant, so that everybody's name of it is the same; None when none is near: the
    schedule has changed since, or this one is made by hand."""
    try:
        times = recurrence.parse(
            plan.expression, plan.timezone, anchor=plan.created_at, starts_at=plan.starts_at, ends_at=plan.ends_at
        )
    except BadExpression:  # was taken once; a zone may be gone from the database of zones
        return None
    return times.nearest(moment, _NEAR)


def is_within(plan: Plan, moment: datetime) -> bool:
    """Whether the schedule has begun by then and not ended."""
    return (plan.starts_at is None or plan.starts_at <= moment) and (plan.ends_at is None or moment <= plan.ends_at)
