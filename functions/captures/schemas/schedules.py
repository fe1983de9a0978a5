"""Schedules, in the words of EventBridge Scheduler and in plain ones."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from captures.schemas.devices import Name
from darkroom.http import MAY_BE_LEFT_OUT, Answer, Body, Id, Moment, Page

Expression = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="rate(10 minutes), cron(0/10 9-17 ? * MON-FRI *) or at(2027-01-31T09:00:00)",
        examples=["rate(10 minutes)", "cron(0/10 9-17 ? * MON-FRI *)", "at(2027-01-31T09:00:00)"],
    ),
]
Timezone = Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Berlin"])]


class NewSchedule(Body):
    device_id: Id
    name: Name
    expression: Expression
    timezone: Timezone = "UTC"
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    enabled: bool = True


class ScheduleChange(Body):
    device_id: Annotated[Id | None, MAY_BE_LEFT_OUT] = None
    name: Annotated[Name, MAY_BE_LEFT_OUT] = ""
    expression: Annotated[Expression, MAY_BE_LEFT_OUT] = ""
    timezone: Annotated[Timezone, MAY_BE_LEFT_OUT] = ""
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    enabled: Annotated[bool, MAY_BE_LEFT_OUT] = True


class Schedule(Answer):
    """`description` says the expression in words, `next_at` when it fires next (null: never again, or switched off)."""

    id: UUID
    device_id: UUID
    name: str
    expression: str
    timezone: str
    description: str
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool
    next_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ScheduleList(Page[Schedule]):
    """Schedules, newest first."""


class Upcoming(Answer):
    """The next times, the first one first."""

    items: list[datetime]


class Preview(Upcoming):
    """What an expression would do."""

    description: str
    paid_per_device_day: int = Field(
        description="As many photos of one device are paid for in a day of UTC; others are kept."
    )
    paid_per_person_day: int = Field(description="And as many of all your devices.")
