"""What is nobody's product: whether the platform is well, what it can do, and how far a job is."""

from starlette.responses import Response

from darkroom import jobs
from darkroom.auth import SignedIn
from darkroom.http import Id, TxDep, router
from operations import service
from operations.schemas import Health, JobStatus

routes = router(tags=["operations"])


@routes.get(
    "/health",
    operation_id="getHealth",
    summary="Whether the platform can serve",
    responses={503: {"description": "The database cannot be reached"}},
)
async def get_health(tx: TxDep) -> Health:
    return Health(status="ok", checks=service.check(tx))


@routes.get(
    "/openapi.json",
    operation_id="getOpenApi",
    summary="This document",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "OpenAPI 3.1"}},
)
async def get_openapi() -> Response:
    return Response(
        service.openapi_document(), media_type="application/json", headers={"Cache-Control": "public, max-age=60"}
    )


@routes.get("/jobs/{job_id}/status", operation_id="getJobStatus", summary="How far your job is (user)")
async def get_job_status(tx: TxDep, user: SignedIn, job_id: Id) -> JobStatus:
    return JobStatus.model_validate(jobs.status_document(tx, job_id, user.id))
