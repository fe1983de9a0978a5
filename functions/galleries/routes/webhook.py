"""What QStash calls. Nothing of a delivery is believed, not even that it is JSON, before its signature is."""

import base64
import binascii
import json
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request

from darkroom import ids, log, qstash_client
from darkroom.errors import BadRequest
from darkroom.http import TxDep, router
from galleries.service import curations

routes = router("/jobs/process", tags=["webhooks"])

_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Signed, and not what we asked to be delivered"},
    401: {"description": "Not signed by QStash, or without our secret"},
    404: {"description": "Signed, and about a job that there is not"},
}


class Delivery(BaseModel):
    """The body that we gave QStash."""

    job_id: UUID


class Failure(BaseModel):
    """What QStash tells of a delivery that it has given up; `sourceBody` (base64) is our body."""

    sourceBody: str  # noqa: N815 - QStash's own name


class Accepted(BaseModel):
    status: str


def _takes(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@routes.post(
    "",
    operation_id="beginJob",
    summary="Begin a job (QStash: X-API-Secret and Upstash-Signature)",
    responses=_REFUSALS,
    openapi_extra=_takes(Delivery),
)
async def begin_job(tx: TxDep, request: Request) -> Accepted:
    body = await request.body()
    qstash_client.verify(request.headers, body, curations.ACCEPT_PATH)
    curations.accept(tx, _job_id(body))
    return Accepted(status="accepted")


@routes.post(
    "/failed",
    operation_id="failJob",
    summary="A job could not be begun, after every try (QStash's failure callback)",
    responses=_REFUSALS,
    openapi_extra=_takes(Failure),
)
async def fail_job(tx: TxDep, request: Request) -> Accepted:
    body = await request.body()
    qstash_client.verify(request.headers, body, curations.FAILED_PATH)
    job_id = _job_id(_source_body(body))
    log.warning("galleries.delivery_failed", job_id=str(job_id))
    curations.give_up(tx, job_id)
    return Accepted(status="accepted")


def _source_body(body: bytes) -> bytes:
    """The body that was to be delivered, from what the callback says of it."""
    try:
        return base64.b64decode(json.loads(body)["sourceBody"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise BadRequest("This is not a failure callback.") from None


def _job_id(body: bytes) -> UUID:
    try:
        return ids.parse_id(json.loads(body)["job_id"])
    except (ValueError, KeyError, TypeError):
        raise BadRequest("The body has to name a job_id.") from None
