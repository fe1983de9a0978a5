"""A capture's photo is in storage: it is looked into, and becomes an image."""

from captures import completing, shaping
from captures.schemas.agent import Completion
from captures.schemas.captures import Capture
from darkroom.auth import DeviceCaller
from darkroom.http import Id, TxDep, router

routes = router("/agent/captures", tags=["agent"])


@routes.post(
    "/{capture_id}/complete",
    operation_id="completeCapture",
    summary="A capture's photo has been brought (device); repeating it changes nothing",
    responses={409: {"description": "The capture waits for no photo"}},
)
async def complete_capture(tx: TxDep, device: DeviceCaller, capture_id: Id, body: Completion) -> Capture:
    return shaping.capture(completing.complete(tx, device.id, capture_id, body))
