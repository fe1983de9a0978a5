"""Several at once: each thread has a database connection of its own, as each execution environment has."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
import pytest

from darkroom import db

Answer = TypeVar("Answer")


@contextmanager
def own_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`db` works on the calling thread's own connection while this lasts."""
    local = threading.local()
    opened: list[psycopg.Connection[Any]] = []

    def connection() -> psycopg.Connection[Any]:
        if getattr(local, "connection", None) is None or local.connection.closed:
            local.connection = db.connect()
            opened.append(local.connection)
        mine: psycopg.Connection[Any] = local.connection
        return mine

    with monkeypatch.context() as patch:
        patch.setattr(db, "connection", connection)
        yield
    for each in opened:
        each.close()


def at_once(work: list[Callable[[], Answer]]) -> list[Answer]:
    """Does all of it, begun at the same moment; the answers in order. The first error is raised here."""
    answers: dict[int, Any] = {}
    errors: list[BaseException] = []
    ready = threading.Barrier(len(work))

    def run(number: int, job: Callable[[], Any]) -> None:
        try:
            ready.wait()
            answers[number] = job()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [answers[number] for number in range(len(work))]


def requests_at_once(work: list[Callable[[], Answer]], monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Requests begun at the same moment, each in an execution environment of its own: connection and event loop.

    The handlers must have answered a request before: their adapters are made by the first one."""

    def in_environment(call: Callable[[], Answer]) -> Answer:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return call()
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    with own_connections(monkeypatch):
        return at_once([partial(in_environment, call) for call in work])
