"""A photo pays its owner once."""

from typing import Final

from darkroom.db import Tx
from darkroom.messages import Message

QUEUE: Final = "earnings"


def pay(tx: Tx, message: Message) -> None:
    raise NotImplementedError
