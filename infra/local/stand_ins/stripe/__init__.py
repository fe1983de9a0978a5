"""Stripe: Checkout and all that follows a payment, as Stripe's SDK asks for it.

    forms, schema, refused     what a request says, what it may say, and how it is refused
    store, books               what is kept on disk, and one piece of work on it with the events that it causes
    objects, acts              Stripe's objects, and what happens to them: paid, declined, expired, refunded, disputed
    api, expansion, answers    the routes under /v1, `expand`, and answers that are repeated for an Idempotency-Key
    deliveries                 the signed webhooks
    checkout, dashboard, html  what a person sees: the page that takes the money, and Stripe's dashboard in small

It can be told to fail (`POST /_local/stand-ins/stripe/faults`) as all can, and beside that:

    lost_answer                            the next call is done, and answered with 500
    duplicate_webhook, lost_webhook        what happens next is told twice, or not at all (`list events` has it)
    late_webhook                           ... after ten seconds
    reordered_webhooks                     ... backwards, and after what happens next, at the latest after ten seconds
    pending_refund, failed_refund          the next refund arrives, or comes back, after five seconds
    other_amount                           the next payment is of a dollar less than was asked

What happens together (a payment has four events) is told together, and one fault is for all of it. These faults wait
for what they are about: a plan for a webhook outlives the calls that come before it, and pages use up none.

What it does not know it refuses (an unknown parameter is 400, as at Stripe) and never passes over in silence.
"""

from infra.local.stand_ins.framework import StandIn, Surroundings
from infra.local.stand_ins.stripe.service import Stripe


def stand_in(surroundings: Surroundings) -> StandIn:
    return Stripe(surroundings)
