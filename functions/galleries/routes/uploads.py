"""Photos come in, and a job makes albums of them."""

from darkroom import jobs
from darkroom.auth import SignedIn
from darkroom.http import Id, JobAccepted, TxDep, router
from galleries.schemas.uploads import CurationRequest, UploadRequest, UploadTarget, UploadTargets
from galleries.service import curations, undoing, uploads

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
    places = uploads.upload_urls(tx, user.id, body.files)
    return UploadTargets(uploads=[UploadTarget.model_validate(place) for place in places])


@routes.post(
    "/galleries/process",
    status_code=202,
    operation_id="processGallery",
    summary="Have albums made of photos that were brought (user)",
    responses={429: {"description": "Too many jobs"}},
)
async def process_gallery(tx: TxDep, user: SignedIn, body: CurationRequest) -> JobAccepted:
    wish = curations.Wish(body.image_keys, body.instructions, body.regroup)
    return JobAccepted.model_validate(jobs.accepted(curations.start(tx, user.id, wish)))


@routes.post(
    "/jobs/{job_id}/retry",
    status_code=202,
    operation_id="retryJob",
    summary="Try a failed job again (user)",
    responses={409: {"description": "The job has not failed"}},
)
async def retry_job(tx: TxDep, user: SignedIn, job_id: Id) -> JobAccepted:
    return JobAccepted.model_validate(jobs.accepted(curations.retry(tx, user.id, job_id)))


@routes.post(
    "/jobs/{job_id}/undo",
    status_code=202,
    operation_id="undoJob",
    summary="Take back the albums that a job made and you have not touched since (user); photos stay",
    responses={409: {"description": "It still runs, or was undone already"}},
)
async def undo_job(tx: TxDep, user: SignedIn, job_id: Id) -> JobAccepted:
    return JobAccepted.model_validate(jobs.accepted(undoing.start(tx, user.id, job_id)))
