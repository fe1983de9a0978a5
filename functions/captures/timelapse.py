"""The Lambda that makes films."""

from captures.service import timelapses
from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message


def build(tx: Tx, message: Message) -> None:
    raise NotImplementedError


handler = worker.sqs_worker(guarded={timelapses.BUILD: build})
