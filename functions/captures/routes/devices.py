"""A person's cameras."""

from captures import shaping
from captures.schemas.devices import Device, DeviceChange, DeviceList, NewDevice, Pairing, TimelapseRequest
from captures.service import devices, timelapses
from darkroom import jobs
from darkroom.auth import SignedIn
from darkroom.http import Id, JobAccepted, PageQuery, TxDep, router

routes = router("/devices", tags=["captures"])


@routes.post(
    "",
    status_code=201,
    operation_id="createDevice",
    summary="Add a camera and get the code that pairs its agent (user)",
    responses={409: {"description": "There are as many devices as one may have"}},
)
async def create_device(tx: TxDep, user: SignedIn, body: NewDevice) -> Pairing:
    return Pairing.model_validate(devices.create(tx, user.id, body.name))


@routes.get("", operation_id="listDevices", summary="Your cameras, newest first (user)")
async def list_devices(tx: TxDep, user: SignedIn, page: PageQuery) -> DeviceList:
    found, following = devices.listed(tx, user.id, page)
    return DeviceList(items=[shaping.device(row) for row in found], next_cursor=following)


@routes.get("/{device_id}", operation_id="getDevice", summary="A camera of yours (user)")
async def get_device(tx: TxDep, user: SignedIn, device_id: Id) -> Device:
    return shaping.device(devices.get(tx, user.id, device_id))


@routes.patch(
    "/{device_id}", operation_id="updateDevice", summary="Rename a camera, pause it, let it take photos again (user)"
)
async def update_device(tx: TxDep, user: SignedIn, device_id: Id, body: DeviceChange) -> Device:
    changes = body.model_dump(include=body.model_fields_set)
    return shaping.device(devices.change(tx, user.id, device_id, changes))


@routes.delete(
    "/{device_id}",
    status_code=204,
    operation_id="deleteDevice",
    summary="Remove a camera and its schedules (user); its photos stay, its token ends at once",
)
async def delete_device(tx: TxDep, user: SignedIn, device_id: Id) -> None:
    devices.delete(tx, user.id, device_id)


@routes.post(
    "/{device_id}/pairing",
    status_code=201,
    operation_id="pairDeviceAgain",
    summary="A new code for a camera whose agent is lost or was never paired (user)",
)
async def pair_device_again(tx: TxDep, user: SignedIn, device_id: Id) -> Pairing:
    return Pairing.model_validate(devices.new_code(tx, user.id, device_id))


@routes.post(
    "/{device_id}/timelapse",
    status_code=202,
    operation_id="makeTimelapse",
    summary="Have a film made of a camera's photos (user): a job whose result is an MP4",
    responses={409: {"description": "There are no photos of that time"}, 429: {"description": "Too many films"}},
)
async def make_timelapse(tx: TxDep, user: SignedIn, device_id: Id, body: TimelapseRequest) -> JobAccepted:
    wish = timelapses.Wish(device_id, body.from_, body.to, body.fps)
    return JobAccepted.model_validate(jobs.accepted(timelapses.start(tx, user.id, wish)))
