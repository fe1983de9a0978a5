"""Restorations beside a Stripe that tells nothing unless a test lets it."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from darkroom.settings import settings
from restorations import reconcile, stripe_client
from tests.api import Answer
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues
from tests.fakes.stripe_shop import StripeShop, signed
from tests.integration.restorations.conftest import EMAIL, Session, World


class Till(World):
    """The world, with a Stripe in it."""

    def __init__(self, sqs: Queues, bucket: Bucket, stripe: StripeShop) -> None:
        super().__init__(sqs, bucket)
        self.stripe = stripe

    def hear(self, event: Any, **how: Any) -> Answer:
        """Stripe delivers an event."""
        body, headers = signed(event, **how)
        return self.stripe_webhooks.post("/webhooks/stripe", content=body, headers=headers)

    def hear_all(self, *, times: int = 1, change: Callable[[list[Any]], Any] | None = None) -> list[str]:
        """Stripe delivers what has happened since; the types, as they came."""
        events = self.stripe.events() * times
        if change is not None:
            change(events)
        for event in events:
            answer = self.hear(event)
            assert answer.status == 200, answer.text
        return [event["type"] for event in events]

    def ordered(self, session: Session | None = None, **changes: Any) -> "Bought":
        """Somebody has checked out and may pay."""
        answer = self.check_out(session or self.session(), **changes)
        assert answer.status == 200, answer.text
        return Bought(self, answer.json())

    def bought(self, session: Session | None = None, **changes: Any) -> "Bought":
        """... and has paid, and we were told."""
        order = self.ordered(session, **changes)
        self.stripe.pay(order.page)
        self.hear_all()
        return order

    def refund(self, order_id: UUID, admin: str, image_ids: list[str] | None = None, **changes: Any) -> Answer:
        body: dict[str, Any] = {"reason": "They asked for it.", **changes}
        if image_ids is not None:
            body["image_ids"] = image_ids
        return self.checkouts.post(f"/orders/{order_id}/refund", body, token=admin)

    def reconcile(self) -> dict[str, int]:
        return reconcile.handler({}, None)

    def facts(self, order_id: UUID) -> tuple[str, str, int]:
        """How the order and its money stand."""
        row = self.row("orders", order_id)
        return row["status"], row["payment_status"], row["refunded_cents"]


class Bought:
    """An order, as whoever made it holds it."""

    def __init__(self, till: Till, checkout: dict[str, Any]) -> None:
        self.till = till
        self.id = UUID(checkout["order_id"])
        self.token: str = checkout["order_token"]
        self.page: str = checkout["checkout_url"]

    @property
    def row(self) -> dict[str, Any]:
        return self.till.row("orders", self.id)

    @property
    def facts(self) -> tuple[str, str, int]:
        return self.till.facts(self.id)

    @property
    def image_ids(self) -> list[str]:
        return [str(row["id"]) for row in self.till.rows("order_images", self.id)]

    @property
    def jobs(self) -> int:
        return len(self.till.rows("restoration_jobs", self.id))

    @property
    def refunds(self) -> list[tuple[int, str]]:
        """(cents, status), oldest first."""
        return [(row["amount_cents"], row["status"]) for row in self.till.rows("refunds", self.id)]

    def shown(self) -> dict[str, Any]:
        return self.till.order(self.id, self.token)

    def finish(self, restored: int = 1_000) -> None:
        """Its photos are over: so many came out well, the others did not."""
        from tests.integration.restorations.money import work

        work.finish(self.id, restored)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeShop]:
    with StripeShop(tmp_path_factory.mktemp("stripe")) as found:
        yield found


@pytest.fixture
def stripe(shop: StripeShop, environment: pytest.MonkeyPatch) -> Iterator[StripeShop]:
    environment.setenv("STRIPE_URL", shop.url)
    settings.cache_clear()
    shop.plan()
    shop.events()
    yield shop
    stripe_client.forget()


@pytest.fixture
def till(world: World, stripe: StripeShop) -> Till:
    """Everything is undone when the test ends."""
    return Till(world.sqs, world.bucket, stripe)


@pytest.fixture
def committed_till(committed_world: World, stripe: StripeShop, environment: pytest.MonkeyPatch) -> Till:
    """Real commits, as many connections as there are threads, and nobody is sent away for asking often."""
    environment.setenv("CHECKOUTS_PER_ADDRESS_HOUR", "0")
    settings.cache_clear()
    return Till(committed_world.sqs, committed_world.bucket, stripe)


__all__ = ["EMAIL", "Bought", "Till"]
