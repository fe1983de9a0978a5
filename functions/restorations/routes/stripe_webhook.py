"""What Stripe calls. Nothing of it is believed before its signature is."""

from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from darkroom.http import TxDep, router
from restorations import stripe_signature
from restorations.service import events

routes = router("/webhooks", tags=["webhooks"])


class Received(BaseModel):
    received: bool


@routes.post(
    "/stripe",
    operation_id="receiveStripeEvent",
    summary="An event of the payment provider (Stripe-Signature)",
    responses={400: {"description": "Not signed by Stripe within the last five minutes, or no event"}},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def receive_stripe_event(tx: TxDep, request: Request) -> Received:
    event: dict[str, Any] = stripe_signature.verified(await request.body(), request.headers)
    events.receive(tx, event)
    return Received(received=True)
