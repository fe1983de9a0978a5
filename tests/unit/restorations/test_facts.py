"""What Stripe's objects say, and that what is kept of them says the same."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from restorations import facts
from restorations.facts import Charge, Dispute, NoEvent, Page, Refund

ORDER = uuid4()


def _event(kind: str, **thing: Any) -> dict[str, Any]:
    return {"id": "evt_1", "object": "event", "type": kind, "created": 1_700_000_000, "data": {"object": thing}}


def _page(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 900,
        "currency": "USD",
        "client_reference_id": None,
        "metadata": {"order_id": str(ORDER)},
        "customer_details": {"email": "ada@example.com"},
        **changes,
    }


def _fact(kind: str, **thing: Any) -> Any:
    event = facts.event(_event(kind, **thing))
    return None if event is None else event.fact


def test_a_page() -> None:
    event = facts.event(_event("checkout.session.completed", **_page()))
    assert event is not None
    assert event.created_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert event.fact == Page("cs_1", ORDER, "pi_1", "complete", "paid", 900, "usd")
    assert event.fact.is_paid
    assert not event.fact.is_over


@pytest.mark.parametrize(
    ("kind", "changes", "is_paid", "is_over"),
    [
        ("completed", {"payment_status": "unpaid"}, False, False),
        ("completed", {"payment_intent": {"id": "pi_1", "object": "payment_intent"}}, True, False),
        ("completed", {"payment_intent": None}, False, False),
        ("completed", {"payment_status": "no_payment_required"}, False, False),
        ("async_payment_succeeded", {}, True, False),
        ("async_payment_failed", {"payment_status": "unpaid"}, False, True),
        ("expired", {"payment_status": "unpaid", "status": "expired", "payment_intent": None}, False, True),
    ],
    ids=str,
)
def test_what_a_page_means(kind: str, changes: dict[str, Any], is_paid: bool, is_over: bool) -> None:
    page = _fact(f"checkout.session.{kind}", **_page(**changes))
    assert (page.is_paid, page.is_over) == (is_paid, is_over)


def test_whose_a_page_is() -> None:
    kind, other = "checkout.session.completed", uuid4()
    assert _fact(kind, **_page(metadata={}, client_reference_id=str(other))).order_id == other
    assert _fact(kind, **_page(client_reference_id=str(other))).order_id == ORDER
    for foreign in ("7", "", None, f"{{{other}}}", 7):
        assert _fact(kind, **_page(metadata={"order_id": foreign})) is None
    assert _fact(kind, **_page(metadata=None)) is None


def test_money_that_goes_back() -> None:
    assert _fact("charge.refunded", payment_intent="pi_1", amount_refunded=300) == Charge("pi_1", 300)
    ours = uuid4()
    thing = {"id": "re_1", "payment_intent": "pi_1", "amount": 300, "status": "pending", "metadata": {}}
    assert _fact("refund.created", **thing) == Refund("re_1", "pi_1", 300, "pending", None)
    assert _fact("refund.failed", **{**thing, "metadata": {"refund_id": str(ours)}}).refund_id == ours
    assert _fact("refund.updated", **{**thing, "status": "unheard of"}) is None
    assert _fact("refund.updated", **{**thing, "amount": 0}) is None
    assert _fact("refund.updated", **{**thing, "payment_intent": None}) is None


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("needs_response", "open"),
        ("under_review", "open"),
        ("warning_needs_response", "open"),
        ("won", "won"),
        ("warning_closed", "won"),
        ("prevented", "won"),
        ("lost", "lost"),
        ("something new", "open"),
    ],
)
def test_a_dispute(said: str, means: str) -> None:
    thing = {"id": "du_1", "payment_intent": "pi_1", "amount": 900, "currency": "usd", "status": said}
    assert _fact("charge.dispute.created", **thing) == Dispute("du_1", "pi_1", 900, "usd", means)


def test_what_is_kept_says_the_same() -> None:
    told: list[tuple[str, facts.Fact]] = [
        ("checkout.session.expired", Page("cs_1", ORDER, None, "expired", "unpaid", 900, "usd")),
        ("charge.refunded", Charge("pi_1", 300)),
        ("refund.created", Refund("re_1", "pi_1", 300, "pending", UUID(int=7))),
        ("refund.failed", Refund("re_1", "pi_1", 300, "failed", None)),
        ("charge.dispute.closed", Dispute("du_1", "pi_1", 900, "usd", "won")),
    ]
    for kind, fact in told:
        assert facts.kept(kind, facts.document(fact)) == fact


@pytest.mark.parametrize(
    "changes",
    [
        {"object": "charge"},
        {"type": 7},
        {"type": None},
        {"id": ""},
        {"id": None},
        {"id": "e\n"},
        {"id": "e" * 256},
        {"created": None},
        {"created": "1"},
        {"created": -1},
        {"created": 10**12},
        {"created": True},
        {"data": None},
        {"data": []},
        {"data": {}},
        {"data": {"object": []}},
    ],
    ids=str,
)
def test_no_event(changes: dict[str, Any]) -> None:
    with pytest.raises(NoEvent):
        facts.event({**_event("checkout.session.completed", **_page()), **changes})


def test_types_that_do_not_concern_us() -> None:
    assert facts.event(_event("invoice.paid", amount="odd")) is None
