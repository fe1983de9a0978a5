"""Stripe: Checkout and all that follows a payment, as Stripe's SDK asks for it.

    forms, schema, refused     what a request says, what it may say, and how it is refused
    store, books               what is kept on disk, and one piece of work on it with the events that it causes
    objects, acts              Stripe's objects, and what happens to them: paid, declined, expired, refunded, disputed
    api, expansion, answers    the routes under /v1, `expand`, and answers that are repeated for an Idempotency-Key
    deliveries                 the signed webhooks
    checkout, dashboard, html  what a person sees: the page that takes the money, and Stripe's dashboard in small

What it does not know it refuses (an unknown parameter is 400, as at Stripe) and never passes over in silence.
"""

from infra.local.stand_ins.framework import StandIn, Surroundings
from infra.local.stand_ins.stripe.service import Stripe


def stand_in(surroundings: Surroundings) -> StandIn:
    return Stripe(surroundings)
