"""Photos asked of a camera, and what came of them."""

from datetime import date
from typing import Annotated

from fastapi import Query

from captures import shaping
from captures.schemas.captures import Capture, CaptureList, CaptureRequested, Days, NewCapture, Status
from captures.service import captures
from darkroom import ledger
from darkroom.auth import SignedIn
from darkroom.http import Id, Moment, PageQuery, TxDep, router

routes = router("/captures", tags=["captures"])

Zone = Annotated[str, Query(min_length=1, max_length=64, description="The days' time zone")]


@routes.post(
    "",
    status_code=202,
    operation_id="requestCapture",
    summary="Have a camera take a photo now (user)",
    responses={
        404: {"description": "No camera of yours"},
        409: {"description": "The camera is paused, or offline"},
        429: {"description": "Too many captures"},
    },
)
async def request_capture(tx: TxDep, user: SignedIn, body: NewCapture) -> CaptureRequested:
    capture_id = captures.request(tx, user.id, body.device_id, when_online=body.when_online)
    return CaptureRequested(id=capture_id, status="requested")


@routes.get("", operation_id="listCaptures", summary="Your captures, the latest first (user)")
async def list_captures(
    tx: TxDep,
    user: SignedIn,
    page: PageQuery,
    *,
    device_id: Id | None = None,
    schedule_id: Id | None = None,
    status: Status | None = None,
    from_: Annotated[Moment | None, Query(alias="from", description="Asked for at this moment or later")] = None,
    to: Annotated[Moment | None, Query(description="Asked for before this moment")] = None,
) -> CaptureList:
    choice = captures.Choice(device_id, schedule_id, status, from_, to)
    found, following = captures.listed(tx, user.id, page, choice)
    return CaptureList(items=[shaping.capture(row) for row in found], next_cursor=following)


@routes.get("/daily", operation_id="countCaptures", summary="Photos and earnings, day by day (user)")
async def count_captures(
    tx: TxDep,
    user: SignedIn,
    *,
    from_: Annotated[date, Query(alias="from", description="The first day")],
    to: Annotated[date, Query(description="The last day, at most 366 later")],
    timezone: Zone = "UTC",
) -> Days:
    found = captures.daily(tx, user.id, from_, to, timezone)
    return Days.model_validate({"items": found, "currency": ledger.CURRENCY})


@routes.get("/{capture_id}", operation_id="getCapture", summary="A capture of yours (user)")
async def get_capture(tx: TxDep, user: SignedIn, capture_id: Id) -> Capture:
    return shaping.capture(captures.get(tx, user.id, capture_id))


@routes.post(
    "/{capture_id}/cancel",
    operation_id="cancelCapture",
    summary="Take back a wish that still waits for its camera (user)",
    responses={409: {"description": "The camera has been told already, or it is over"}},
)
async def cancel_capture(tx: TxDep, user: SignedIn, capture_id: Id) -> Capture:
    return shaping.capture(captures.take_back(tx, user.id, capture_id))
