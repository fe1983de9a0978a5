"""From an upload session to an order and the page where it is paid."""

from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Wish(NamedTuple):
    session_id: UUID
    session_token: str
    email: str
    fidelity: float
    colorize: bool
    upscale: int
    pay_with: str


class CheckedOut(NamedTuple):
    order_id: UUID
    order_token: str
    checkout_url: str | None


def check_out(tx: Tx, wish: Wish, user_id: UUID | None, address: str) -> CheckedOut:
    raise NotImplementedError
