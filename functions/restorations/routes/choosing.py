"""Photos join an order that is not paid, and leave it: a payment page that is open for it closes, which needs the
payment provider's kit."""

from starlette.requests import Request

from darkroom.address import caller_address
from darkroom.auth import UploadCaller
from darkroom.http import Id, TxDep, router
from restorations import shaping
from restorations.schemas.uploads import FileTargets, NewUpload
from restorations.service import choosing

routes = router(tags=["restorations"])


@routes.post(
    "/upload/{session_id}/files",
    status_code=201,
    operation_id="addUploadFiles",
    summary="Where to bring some more old photos of the same order (upload session)",
    responses={
        409: {"description": "More photos than one order takes, or they are paid already, or just being paid"},
        410: {"description": "The session has expired"},
        413: {"description": "A file is too large"},
        415: {"description": "A file's type is not taken"},
        429: {"description": "Too many uploads"},
        502: {"description": "The payment page that is open cannot be closed"},
    },
)
async def add_files(tx: TxDep, request: Request, caller: UploadCaller, session_id: Id, body: NewUpload) -> FileTargets:
    return shaping.targets(choosing.add(tx, caller.id, session_id, caller_address(request), body.files))


@routes.delete(
    "/upload/{session_id}/files/{upload_id}",
    status_code=204,
    operation_id="removeUploadFile",
    summary="Leave a file out of the order (upload session)",
    responses={
        409: {"description": "It is paid already, or just being paid"},
        410: {"description": "The session has expired"},
        502: {"description": "The payment page that is open cannot be closed"},
    },
)
async def remove_file(tx: TxDep, caller: UploadCaller, session_id: Id, upload_id: Id) -> None:
    choosing.remove(tx, caller.id, session_id, upload_id)
