"""What an agent says: hello, how it is, and which photo it brings."""

from fastapi import Request

from captures import shaping
from captures.schemas.agent import Announcement, Failure, Heard, Heartbeat, Paired, PairRequest, Report, UploadPlace
from captures.schemas.captures import Capture
from captures.service import arrivals, heartbeats, pairing
from darkroom.auth import DeviceCaller
from darkroom.http import Id, TxDep, caller_address, router

routes = router(tags=["agent"])


@routes.post(
    "/devices/pair",
    status_code=201,
    operation_id="pairDevice",
    summary="Become a device's agent (whoever has its pairing code)",
    responses={
        404: {"description": "The code is wrong, spent or too old"},
        429: {"description": "Too many wrong codes from this address"},
    },
)
async def pair_device(tx: TxDep, request: Request, body: PairRequest) -> Paired:
    agent = body.agent.model_dump()
    return Paired.model_validate(pairing.pair(tx, body.pairing_code, agent, caller_address(request)))


@routes.post("/agent/heartbeat", operation_id="sendHeartbeat", summary="The agent lives; every 30 seconds (device)")
async def send_heartbeat(tx: TxDep, device: DeviceCaller, body: Heartbeat) -> Heard:
    said = heartbeats.Said([camera.model_dump() for camera in body.cameras], body.disk_free, body.queued)
    return Heard.model_validate(heartbeats.heard(tx, device.id, said))


@routes.post(
    "/agent/captures",
    status_code=201,
    operation_id="reportCapture",
    summary="A photo that was taken while the platform could not be reached (device)",
    responses={
        409: {"description": "The device was paused when it was taken"},
        413: {"description": "The photo is too large"},
        415: {"description": "Its type is not taken"},
    },
)
async def report_capture(tx: TxDep, device: DeviceCaller, body: Report) -> UploadPlace:
    return UploadPlace.model_validate(arrivals.report(tx, device.id, body))


@routes.post(
    "/agent/captures/{capture_id}/upload-url",
    operation_id="placeCapture",
    summary="Where to bring a capture's photo (device)",
    responses={
        409: {"description": "The capture is over"},
        413: {"description": "The photo is too large"},
        415: {"description": "Its type is not taken"},
    },
)
async def place_capture(tx: TxDep, device: DeviceCaller, capture_id: Id, body: Announcement) -> UploadPlace:
    return UploadPlace.model_validate(arrivals.place(tx, device.id, capture_id, body))


@routes.post(
    "/agent/captures/{capture_id}/fail",
    operation_id="failCapture",
    summary="The photo could not be taken, and why (device)",
    responses={409: {"description": "The capture has its photo"}},
)
async def fail_capture(tx: TxDep, device: DeviceCaller, capture_id: Id, body: Failure) -> Capture:
    return shaping.capture(arrivals.fail(tx, device.id, capture_id, body.reason))
