"""Payment pages that are to be paid on no more. Each closes outside of any transaction."""

from uuid import UUID

from darkroom import log
from darkroom.db import Tx
from darkroom.errors import Conflict, ProviderFailed
from restorations import stripe_client
from restorations.queries import checkouts
from restorations.service import events


def close(tx: Tx, order_id: UUID, session_id: str) -> None:
    """Has a page expire, so that another way to pay can be offered. If somebody has paid on it, that counts, and
    Conflict says so."""
    tx.commit()
    if not is_closed(tx, session_id):
        tx.commit()
        raise Conflict("These photos are paid for already, or the payment is on its way.")
    checkouts.forget_page(tx, order_id, session_id)
    tx.commit()


def is_closed(tx: Tx, session_id: str) -> bool:
    """Whether nobody can pay on it any more, and nobody has; a payment that is found is taken."""
    try:
        stripe_client.expire_page(session_id)
    except stripe_client.Unknown:
        log.warning("stripe.page_unknown", session_id=session_id)
    except stripe_client.NotOpen:
        page = stripe_client.page(session_id)
        if page.order_id is not None:
            events.see(tx, page)
        return page.status == "expired"
    return True


def expire_quietly(session_id: str) -> None:
    """A page that nobody was told of. Should this fail, it expires by itself."""
    try:
        stripe_client.expire_page(session_id)
    except (stripe_client.NotOpen, stripe_client.Unknown, ProviderFailed) as failure:
        log.warning("stripe.page_stays", session_id=session_id, error=type(failure).__name__)
