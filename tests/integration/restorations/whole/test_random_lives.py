"""Whatever happens to an order, in whatever order and how often: people pay, banks dispute, admins refund, models fail,
webhooks are lost, messages come twice, processes die, hours pass. No step that is not drawn is ever made (the tables
refuse it, and that fails the test), and when all is said and done the order, its photos, its mails and its money agree
with each other and with Stripe."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from darkroom import db, storage
from restorations import cleanup, replicate_client, stripe_client
from tests.integration.restorations.conftest import PRICE
from tests.integration.restorations.money.conftest import Bought
from tests.integration.restorations.whole.conftest import OLD, Due, Failed, Whole
from tests.reaper import Killed, Reaper

_OVER = frozenset({"completed", "failed", "refunded"})
_ENDS = ("succeeded", "succeeded", "succeeded", "failed", "canceled", "nsfw", "succeeded_empty")
_HOURS = 14
_PHOTOS = 2


class Lives(RuleBasedStateMachine):
    """One order of two photos, and everybody who may do something to it."""

    whole: Whole
    reaper: Reaper
    admin: str
    seen: ClassVar[set[tuple[str, str]]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.reaper.at = 0
        self.whole.forget()
        self.whole.replicate.ends = ["succeeded"]
        self.due: list[Due] = []
        self.order: Bought | None = None
        self.pages: list[str] = []
        self.paid: list[str] = []
        self.disputes: list[str] = []
        self.dispute_is_open = True
        self.made_while_disputed: int | None = None

    # --- what may happen -------------------------------------------------------------------------------------------

    @initialize()
    def bring(self) -> None:
        self.session = self.whole.brought(*[OLD] * _PHOTOS)
        self.check_out()

    @rule()
    def check_out(self) -> None:
        """The same photos again: another page for the same order, or no."""
        answer = self.whole.check_out(self.session)
        if answer.status == 200:
            self.order = Bought(self.whole, answer.json())
            self.pages.append(self.order.page)
        else:
            assert answer.status in {409, 410}, answer.text

    @precondition(lambda self: self.pages)
    @rule()
    def pay(self) -> None:
        """Whoever has a page may pay there, as long as Stripe lets them."""
        page = self.pages[-1]
        if self.whole.stripe.session(page)["status"] == "open":
            self.whole.stripe.pay(page)
            self.paid.append(page)

    @rule(number=st.integers(0, 1_000), again=st.booleans(), dies_at=st.integers(0, 12))
    def let_happen(self, number: int, *, again: bool, dies_at: int) -> None:
        """One of the things that are due, in any order; it may be told twice, and whoever does it may die."""
        self.due += self.whole.due()
        if not self.due:
            return
        one = self.due.pop(number % len(self.due))
        if self._happens(one, dies_at) or again:
            self.due.append(one)

    @rule(times=st.integers(1, 9))
    def let_some_happen(self, times: int) -> None:
        """What is due, as it comes."""
        for _ in range(times):
            self.let_happen(0, again=False, dies_at=0)

    @rule(number=st.integers(0, 1_000))
    def lose_a_webhook(self, number: int) -> None:
        """Stripe's or Replicate's; what is on our queues is not lost."""
        self.due += self.whole.due()
        told = [one for one in self.due if "restorations." not in one.name and one.name != "mail.send"]
        if told:
            self.due.remove(told[number % len(told)])

    @rule(ends=st.lists(st.sampled_from(_ENDS), min_size=1, max_size=4))
    def model_does(self, ends: list[str]) -> None:
        begun = len(self.whole.replicate.created)
        self.whole.replicate.ends = ["succeeded"] * begun + ends

    @precondition(lambda self: self.paid)
    @rule(cents=st.sampled_from([1, PRICE, 2 * PRICE]))
    def refund_in_the_dashboard(self, cents: int) -> None:
        payment = self._payment()
        if payment["status"] == "succeeded" and not self.disputes and self._left(payment) >= cents:
            self.whole.stripe.by_hand(f"payments/{payment['payment_intent']}/refund", amount=cents)

    @precondition(lambda self: self.order)
    @rule(which=st.sampled_from([None, [0], [1], [0, 1]]))
    def refund_by_an_admin(self, which: list[int] | None) -> None:
        assert self.order is not None
        named = None if which is None else [self.order.image_ids[n] for n in which]
        answer = self.whole.refund(self.order.id, self.admin, named)
        assert answer.status in {200, 409}, answer.text

    @precondition(lambda self: self.paid and not self.disputes)
    @rule()
    def dispute(self) -> None:
        payment = self._payment()
        if self._left(payment) > 0:
            self.disputes.append(self.whole.stripe.by_hand(f"payments/{payment['payment_intent']}/dispute")["id"])

    @precondition(lambda self: self.disputes and self.dispute_is_open)
    @rule(how=st.sampled_from(["won", "lost"]))
    def close_the_dispute(self, how: str) -> None:
        self.whole.stripe.by_hand(f"disputes/{self.disputes[0]}/close", outcome=how)
        self.dispute_is_open = False

    @rule()
    def hour_passes(self) -> None:
        self.whole.later()

    @rule()
    def clean_up(self) -> None:
        cleanup.handler({}, None)

    @precondition(lambda self: self.order)
    @rule()
    def download(self) -> None:
        """Only what is completed and not frozen is had."""
        assert self.order is not None
        row = self.order.row
        answer = self.whole.api.post(f"/orders/{self.order.id}/downloads", {}, token=self.order.token)
        is_frozen = row["payment_status"] in {"disputed", "refunded"} or row["status"] == "refunded"
        if row["status"] == "completed" and not is_frozen:
            assert answer.status == 201, answer.text
            fetched = self.whole.downloads.get(f"/download/{answer.json()['token']}")
            assert fetched.status in {202, 302}, fetched.text
        else:
            assert answer.status in {403, 409}, answer.text

    # --- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def nobody_has_paid_for_nothing_and_nothing_was_done_for_nothing(self) -> None:
        if self.order is None:
            return
        row = self.order.row
        self.seen.add((row["status"], row["payment_status"]))
        assert self.whole.value("SELECT count(*) FROM orders") == 1
        assert row["status"] not in {"processing", "completed"} or row["paid_at"] is not None
        assert self.order.jobs in {0, _PHOTOS}
        assert row["refunded_cents"] <= (row["paid_cents"] or 0)
        if self.paid:
            assert self._left(self._payment()) >= 0
        self._nothing_is_spent_while_it_is_disputed(row["payment_status"] == "disputed")

    def _nothing_is_spent_while_it_is_disputed(self, is_disputed: bool) -> None:
        made = len(self.whole.replicate.created)
        if is_disputed and self.made_while_disputed is not None:
            assert made == self.made_while_disputed
        self.made_while_disputed = made if is_disputed else None

    def teardown(self) -> None:
        if self.order is not None:
            self.reaper.at = 0
            self._come_to_rest()
            self.nobody_has_paid_for_nothing_and_nothing_was_done_for_nothing()
            if self.disputes and self.dispute_is_open:
                self.close_the_dispute("won")
                self._come_to_rest()
            self._agree()

    # --- how it ends -----------------------------------------------------------------------------------------------

    def _come_to_rest(self) -> None:
        for _ in range(_HOURS):
            self.due += self.whole.due()
            while self.due:
                one = self.due.pop(0)
                if self._happens(one, 0):
                    self.due.append(one)
                    break
                self.due += self.whole.due()
            self.whole.reconcile()
            self.whole.later()

    def _agree(self) -> None:
        assert self.order is not None
        row = self.order.row
        self.seen.add((row["status"], row["payment_status"]))
        photos = sorted(self.whole.rows("order_images", self.order.id), key=lambda each: each["position"])
        jobs = self.whole.rows("restoration_jobs", self.order.id)
        if not self.paid:
            assert (row["status"], row["payment_status"]) == ("pending_payment", "unpaid")
            return
        payment = self._payment()
        assert row["status"] in _OVER
        assert {photo["status"] for photo in photos} <= {"completed", "failed"}
        assert {job["status"] for job in jobs} <= {"completed", "failed"}
        assert row["payment_status"] != "held"  # nothing is owed to anybody
        if not self.disputes:
            assert payment["amount_refunded"] == row["refunded_cents"]
            self._letters_tell_what_went_back()
            failed = sum(photo["status"] == "failed" for photo in photos)
            if row["status"] != "refunded":
                assert row["refunded_cents"] >= failed * PRICE
        if row["status"] == "completed":
            assert any(photo["status"] == "completed" for photo in photos)
            assert len(self.whole.zipped(self.order.id)) == sum(photo["status"] == "completed" for photo in photos)
        sent = self.whole.sent(self.order.id)
        assert all(number == 1 for template, number in sent.items() if template != "order_refunded"), sent
        assert ("order_completed" in sent) == (
            row["completed_at"] is not None and any(photo["status"] == "completed" for photo in photos)
        ), sent

    def _letters_tell_what_went_back(self) -> None:
        """Once of each refund that Stripe has made, and of no other; of failed photos together."""
        assert self.order is not None
        made = [refund for refund in self.whole.rows("refunds", self.order.id) if refund["status"] == "succeeded"]
        promises = {"photos" if refund["key"].startswith("photo:") else refund["key"] for refund in made}
        with db.reading() as tx:
            told = tx.all("SELECT dedupe_key FROM emails WHERE template = 'order_refunded'")
        assert {row["dedupe_key"] for row in told} == {f"order_refunded:{self.order.id}:{each}" for each in promises}

    # --- helpers ---------------------------------------------------------------------------------------------------

    def _happens(self, one: Due, dies_at: int) -> bool:
        """Whether it has to happen once more."""
        self.reaper.passed, self.reaper.at = 0, dies_at
        try:
            one.happen()
        except Failed:
            return True
        except (Killed, AssertionError):
            if not 0 < self.reaper.at <= self.reaper.passed:
                raise
            db.close()
            return True
        finally:
            self.reaper.at = 0
        return False

    def _payment(self) -> dict[str, Any]:
        """What Stripe has of the first payment."""
        intent = self.whole.stripe.session(self.paid[0])["payment_intent"]
        charge = self.whole.stripe.get(f"charges?payment_intent={intent}")["data"][0]
        return {"payment_intent": intent, **charge}

    @staticmethod
    def _left(payment: dict[str, Any]) -> int:
        return int(payment["amount_captured"] - payment["amount_refunded"])


def test_whatever_happens_an_order_ends_as_it_should(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    reaper = Reaper()
    _watch(reaper, whole, monkeypatch)

    class Here(Lives):
        pass

    Here.whole, Here.reaper, Here.admin = whole, reaper, whole.admin().token
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {status for status, _ in Lives.seen} >= {"pending_payment", "processing", "completed"}


def _watch(reaper: Reaper, whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    def watch(owner: object, *names: str) -> None:
        for name in names:
            method: Callable[..., Any] = getattr(owner, name)
            monkeypatch.setattr(owner, name, reaper.after(method))

    watch(db.Tx, "commit")
    watch(storage, "write", "copy", "begin_parts", "write_part", "finish_parts")
    watch(stripe_client, "open_page", "refund", "expire_page")
    watch(replicate_client.Replicate, "submit", "look", "fetch")
    whole.after_carried = reaper.point
