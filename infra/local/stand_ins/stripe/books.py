"""One piece of work on the store: what it changes, and the events that tell of it. Both are kept, or neither is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from infra.local.stand_ins.stripe import clock, objects, outbox
from infra.local.stand_ins.stripe.outbox import Outbox
from infra.local.stand_ins.stripe.refused import missing
from infra.local.stand_ins.stripe.store import Store

TakeFault = Callable[[frozenset[str]], str | None]
Request = Mapping[str, str | None]
NO_REQUEST: Request = {"id": None, "idempotency_key": None}


class Books:
    """Lives as long as its transaction."""

    def __init__(self, store: Store, *, pages: str, request: Request, take_fault: TakeFault) -> None:
        self.store = store
        self.pages = pages
        self.take_fault = take_fault
        self.now = int(clock.now())
        self._request = request
        self._told: list[str] = []

    def get(self, kind: str, identifier: str, param: str = "id", status: int = 404) -> dict[str, Any]:
        found = self.store.find(kind, identifier)
        if found is None:
            raise missing(kind, identifier, param, status)
        return found

    def tell(self, kind: str, of: Mapping[str, Any]) -> None:
        """An event. It shows the object as it is at this moment."""
        event = objects.event(kind, objects.shown(of), self._request, self.now)
        self.store.add(event)
        self._told.append(event["id"])

    def later(self, seconds: float, act: str, subject: str) -> None:
        self.store.set_timer(self.now + seconds, act, subject)

    def finish(self) -> None:
        if self._told:
            Outbox(self.store).add(self._told, clock.now(), self.take_fault(outbox.FAULTS))


OpenBooks = Callable[[], AbstractContextManager[Books]]


@contextmanager
def open_books(store: Store, *, pages: str, take_fault: TakeFault, request: Request = NO_REQUEST) -> Iterator[Books]:
    with store.transaction():
        books = Books(store, pages=pages, request=request, take_fault=take_fault)
        yield books
        books.finish()
