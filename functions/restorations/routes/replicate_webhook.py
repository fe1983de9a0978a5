"""What Replicate calls when a prediction has ended. It says that, and no more: the worker asks for the rest."""

import re

from pydantic import BaseModel
from starlette.requests import Request

from darkroom.http import Id, TxDep, router
from restorations import replicate_client, replicate_signature
from restorations.service import restoring

_NUMBER = re.compile(r"[0-9]{1,3}")

routes = router("/webhooks/replicate", tags=["webhooks"])


class Accepted(BaseModel):
    status: str


@routes.post(
    "/{job_id}",
    operation_id="receivePrediction",
    summary="A prediction has ended (webhook-id, webhook-timestamp, webhook-signature)",
    responses={400: {"description": "Not signed by Replicate within the last five minutes"}},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def receive_prediction(tx: TxDep, request: Request, job_id: Id) -> Accepted:
    told = replicate_signature.verified(await request.body(), request.headers)
    number = request.query_params.get(replicate_client.TRY, "")
    restoring.told(tx, job_id, told.prediction_id, int(number) if _NUMBER.fullmatch(number) else None, told.given)
    return Accepted(status="accepted")
