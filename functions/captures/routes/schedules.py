"""What is to be photographed when."""

from typing import Annotated

from fastapi import Query

from captures import shaping
from captures.schemas.schedules import NewSchedule, Preview, Schedule, ScheduleChange, ScheduleList, Upcoming
from captures.service import schedules
from darkroom.auth import SignedIn
from darkroom.http import Id, Moment, PageQuery, TxDep, router

routes = router("/schedules", tags=["captures"])

Many = Annotated[int, Query(ge=1, le=100, description="How many times")]


@routes.post(
    "",
    status_code=201,
    operation_id="createSchedule",
    summary="Have a camera take photos on a schedule (user)",
    responses={
        404: {"description": "No camera of yours"},
        409: {"description": "There are as many schedules as a device may have"},
    },
)
async def create_schedule(tx: TxDep, user: SignedIn, body: NewSchedule) -> Schedule:
    return shaping.schedule(schedules.create(tx, user.id, schedules.Wish(**body.model_dump())))


@routes.get("", operation_id="listSchedules", summary="Your schedules, newest first (user)")
async def list_schedules(tx: TxDep, user: SignedIn, page: PageQuery, *, device_id: Id | None = None) -> ScheduleList:
    found, following = schedules.listed(tx, user.id, page, device_id)
    return ScheduleList(items=[shaping.schedule(row) for row in found], next_cursor=following)


@routes.get("/preview", operation_id="previewSchedule", summary="What an expression means, and when it fires (user)")
async def preview_schedule(
    user: SignedIn,
    *,
    expression: Annotated[str, Query(min_length=1, max_length=256)],
    timezone: Annotated[str, Query(min_length=1, max_length=64)] = "UTC",
    starts_at: Moment | None = None,
    ends_at: Moment | None = None,
    n: Many = 5,
) -> Preview:
    return Preview.model_validate(schedules.preview(expression, timezone, starts_at, ends_at, n))


@routes.get("/{schedule_id}", operation_id="getSchedule", summary="A schedule of yours (user)")
async def get_schedule(tx: TxDep, user: SignedIn, schedule_id: Id) -> Schedule:
    return shaping.schedule(schedules.get(tx, user.id, schedule_id))


@routes.patch("/{schedule_id}", operation_id="updateSchedule", summary="Change a schedule, or switch it off (user)")
async def update_schedule(tx: TxDep, user: SignedIn, schedule_id: Id, body: ScheduleChange) -> Schedule:
    changes = body.model_dump(include=body.model_fields_set)
    return shaping.schedule(schedules.change(tx, user.id, schedule_id, changes))


@routes.delete(
    "/{schedule_id}", status_code=204, operation_id="deleteSchedule", summary="Remove a schedule (user); photos stay"
)
async def delete_schedule(tx: TxDep, user: SignedIn, schedule_id: Id) -> None:
    schedules.delete(tx, user.id, schedule_id)


@routes.get("/{schedule_id}/upcoming", operation_id="listUpcoming", summary="When a schedule fires next (user)")
async def list_upcoming(tx: TxDep, user: SignedIn, schedule_id: Id, n: Many = 5) -> Upcoming:
    return Upcoming(items=schedules.upcoming(tx, user.id, schedule_id, n))
