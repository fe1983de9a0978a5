"""Links that open an order, for mails: each has a token of its own, so that none is kept in clear."""

from typing import Final
from uuid import UUID

from darkroom import auth
from darkroom.db import Tx
from darkroom.settings import settings

ORDER: Final = "order"


def new_token(tx: Tx, order_id: UUID, owner_id: UUID | None) -> str:
    return auth.issue_opaque(tx, ORDER, order_id, owner_id=owner_id)


def page(tx: Tx, order_id: UUID, owner_id: UUID | None) -> str:
    """The order's page. The token stands behind the #, which browsers send to nobody."""
    return f"{address(order_id)}#{new_token(tx, order_id, owner_id)}"


def address(order_id: UUID) -> str:
    return f"{settings().web_origin}/restore/orders/{order_id}"


def for_admins(order_id: UUID) -> str:
    """Where an administrator sees an order and does something about it."""
    return f"{settings().web_origin}/admin/orders?order={order_id}"
