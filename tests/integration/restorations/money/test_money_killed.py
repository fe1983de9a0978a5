"""Whoever handles money is killed between any two effects; everything comes again, and in the end all is there once.

The effects are the commits, the calls to Stripe, and what is sent to queues. The kill comes before and after each of
them in turn, as a BaseException: nothing catches it, as nothing catches SIGKILL. The connection is lost with the
process.
"""

from collections.abc import Callable
from typing import Any

import pytest

from darkroom import db, outbox
from darkroom.db import Tx
from darkroom.messages import Message
from restorations import stripe_client
from tests.api import Answer
from tests.factories.callers import SignedIn
from tests.fakes import queues
from tests.integration.restorations.conftest import WORKERS, Session
from tests.integration.restorations.money.conftest import Till
from tests.reaper import Killed, Reaper

CALLS = ("open_page", "expire_page", "page", "refund", "refunds")


@pytest.fixture
def reaper(committed_till: Till, monkeypatch: pytest.MonkeyPatch) -> Reaper:
    found = Reaper()
    monkeypatch.setattr(Tx, "commit", found.around(Tx.commit))
    monkeypatch.setattr("darkroom.outbox._send", found.around(outbox._send))
    for name in CALLS:
        monkeypatch.setattr(stripe_client, name, found.around(getattr(stripe_client, name)))
    return found


def each_kill(reaper: Reaper, life: Callable[[], "Life"]) -> int:
    """A life for each point, killed there and gone on with; how many points there were."""
    kill_at = 0
    while True:
        kill_at += 1
        reaper.at = 0
        lived = life()
        reaper.passed, reaper.at = 0, kill_at
        try:
            lived.live()
        except Killed:
            reaper.at = 0
            db.close()
            lived.live()
            lived.check(f"killed at {kill_at}")
        else:
            reaper.at = 0
            lived.check("not killed")
            return kill_at


def _alive(answer: Answer) -> Any:
    """The adapter before a handler catches everything, and nothing else here is a 500."""
    if answer.status == 500:
        raise Killed
    return answer


class Life:
    """An order, done again from the beginning after a kill. What Stripe has told is delivered from the first on."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.session: Session = till.session()
        self.email = f"{self.session.id}@example.com"
        self.admin: SignedIn = till.admin()
        self.events: list[Any] = []
        self.waiting: list[Message] = []

    def live(self) -> None:
        raise NotImplementedError

    def check(self, where: str) -> None:
        raise NotImplementedError

    def check_out(self, token: str | None = None, **changes: Any) -> Answer:
        answer = _alive(self.till.check_out(self.session, token, email=self.email, **changes))
        assert isinstance(answer, Answer)
        return answer

    def pay(self, page: str) -> None:
        if self.till.stripe.session(page)["status"] == "open":
            self.till.stripe.pay(page)

    def hear(self) -> None:
        self.events += self.till.stripe.events()
        for event in self.events:
            assert _alive(self.till.hear(event)).status == 200

    def work(self, queue: str = "payments") -> None:
        """What waits is delivered until it is done; the relay comes by."""
        with db.reading() as tx:
            tx.execute("UPDATE outbox SET leased_until = '-infinity'")
            tx.execute("UPDATE refunds SET leased_until = NULL")
        outbox.relay()
        self.waiting += self.till.sqs.take(queue)
        while self.waiting:
            message = self.waiting[0]
            assert queues.failures(WORKERS[queue](queues.event(queue, message), None)) == []
            self.waiting.pop(0)
            self.waiting += self.till.sqs.take(queue)

    @property
    def row(self) -> dict[str, Any]:
        found = self.till.value("SELECT id FROM orders WHERE session_id = %s", self.session.id)
        return self.till.row("orders", found)

    def money(self) -> tuple[str, str, int]:
        return self.till.facts(self.row["id"])


class CardLife(Life):
    """Two checkouts, a payment, and all of it back."""

    def live(self) -> None:
        for _ in range(2):
            answer = self.check_out()
            if answer.status == 409:
                break
            assert answer.status == 200, answer.text
            page = answer.json()["checkout_url"]
        else:
            self.pay(page)
        self.hear()
        self.refund_all()

    def refund_all(self) -> None:
        assert _alive(self.till.refund(self.row["id"], self.admin.token)).status == 200
        self.work()
        self.hear()

    def check(self, where: str) -> None:
        order_id = self.row["id"]
        self.work()
        assert self.money() == ("refunded", "refunded", 1800), where
        assert len(self.till.rows("order_images", order_id)) == 2, where
        assert len(self.till.rows("restoration_jobs", order_id)) == 2, where
        refunds = self.till.rows("refunds", order_id)
        assert [(each["amount_cents"], each["status"]) for each in refunds] == [(1800, "succeeded")], where
        made = [
            each for each in self.till.stripe.refunds() if each["payment_intent"] == self.row["stripe_payment_intent"]
        ]
        assert [each["amount"] for each in made] == [1800], where
        for template in ("order_paid", "order_refunded"):
            assert len(self.till.mails(template, self.email)) == 1, where
        assert self.till.value("SELECT count(*) FROM customers WHERE email = %s", self.email) == 1, where
        told = [
            message for message in self.till.sqs.sent.pop("orders", []) if message.data["order_id"] == str(order_id)
        ]
        assert {message.data["order_id"] for message in told} == {str(order_id)}, where


class LateLife(Life):
    """Given up, and paid all the same."""

    def live(self) -> None:
        answer = self.check_out()
        if answer.status == 200:
            self.page = answer.json()["checkout_url"]
            self.till.execute("UPDATE orders SET status = 'failed' WHERE session_id = %s", self.session.id)
        self.pay(self.page)
        self.hear()
        self.work()
        self.hear()

    def check(self, where: str) -> None:
        self.work()
        assert self.money() == ("failed", "refunded", 1800), where
        refunds = self.till.rows("refunds", self.row["id"])
        assert [(each["amount_cents"], each["status"]) for each in refunds] == [(1800, "succeeded")], where
        assert self.till.stripe.payments()[0]["amount_refunded"] == 1800, where
        assert len(self.till.mails("order_refunded", self.email)) == 1, where


class CreditsLife(Life):
    """A page that is given up for credits, the end of the work, and all of it back."""

    def __init__(self, till: Till) -> None:
        super().__init__(till)
        self.ada = till.person(1_800)

    def live(self) -> None:
        assert self.check_out().status in {200, 409}
        assert self.check_out(self.ada.token, pay_with="credits").status in {200, 409}
        self.hear()
        from tests.integration.restorations.money import work

        work.finish(self.row["id"], 1)
        assert _alive(self.till.refund(self.row["id"], self.admin.token)).status == 200

    def check(self, where: str) -> None:
        self.work()
        assert self.money() == ("refunded", "refunded", 1800), where
        assert self.till.credits(self.ada.user_id) == 1_800, where
        spent = [entry for entry in self.till.entries(self.ada.user_id) if entry[0] != "capture"]
        assert spent == [("hold", -1800), ("release", 1800), ("restoration", -900), ("refund", 900)], where
        assert len(self.till.mails("order_paid", self.email)) == 1, where


@pytest.mark.timeout(600)  # some hundred lives
@pytest.mark.parametrize(("life", "least"), [(CardLife, 40), (LateLife, 20), (CreditsLife, 15)])
def test_whenever_it_is_killed_it_is_done_once(
    committed_till: Till, reaper: Reaper, life: type[Life], least: int
) -> None:
    assert each_kill(reaper, lambda: life(committed_till)) > least, "the kill came nowhere"
