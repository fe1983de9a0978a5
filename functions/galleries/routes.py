"""Routes of galleries."""

from darkroom.auth import SignedIn
from darkroom.http import TxDep, router
from galleries import service
from galleries.schemas import UploadRequest, UploadTarget, UploadTargets

routes = router(tags=["galleries"])


@routes.post(
    "/uploads/generate-urls",
    operation_id="generateUploadUrls",
    summary="Where to bring up to 500 photos (user)",
    responses={
        413: {"description": "A file is too large"},
        415: {"description": "A file's type is not taken"},
        429: {"description": "Too many uploads"},
    },
)
async def generate_upload_urls(tx: TxDep, user: SignedIn, body: UploadRequest) -> UploadTargets:
    places = service.upload_urls(tx, user.id, body.files)
    return UploadTargets(uploads=[UploadTarget.model_validate(place) for place in places])
