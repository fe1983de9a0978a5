"""Old photos come in, without an account."""

from starlette.requests import Request

from darkroom.address import caller_address
from darkroom.auth import UploadCaller
from darkroom.http import Id, TxDep, router
from restorations import shaping
from restorations.schemas.uploads import FileTargets, FreshUrls, NewUpload, Offer, UploadOpened, UploadSession
from restorations.service import offer, uploads

routes = router(tags=["restorations"])


@routes.get("/upload/offer", operation_id="getRestorationOffer", summary="What a photo costs, what can be wished")
async def get_offer() -> Offer:
    return Offer.model_validate(offer.shown())


@routes.post(
    "/upload",
    status_code=201,
    operation_id="openUpload",
    summary="Where to bring up to 50 old photos",
    responses={
        413: {"description": "A file is too large"},
        415: {"description": "A file's type is not taken"},
        429: {"description": "Too many uploads"},
    },
)
async def open_upload(tx: TxDep, request: Request, body: NewUpload) -> UploadOpened:
    return shaping.opened(uploads.open_session(tx, caller_address(request), body.files))


@routes.get(
    "/upload/{session_id}",
    operation_id="getUpload",
    summary="What became of each file (upload session)",
    responses={410: {"description": "The session has expired"}},
)
async def get_upload(tx: TxDep, caller: UploadCaller, session_id: Id) -> UploadSession:
    return shaping.session(uploads.get(tx, caller.id, session_id))


@routes.post(
    "/upload/{session_id}/urls",
    operation_id="renewUploadUrls",
    summary="Fresh addresses for files that were not brought in time (upload session)",
    responses={
        409: {"description": "One of them has been brought already"},
        410: {"description": "The session has expired"},
    },
)
async def renew_urls(tx: TxDep, caller: UploadCaller, session_id: Id, body: FreshUrls) -> FileTargets:
    return shaping.targets(uploads.renew(tx, caller.id, session_id, body.upload_ids))
