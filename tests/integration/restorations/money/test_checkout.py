"""From an upload session to an order and the page where it is paid."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from darkroom import clock
from darkroom.settings import settings
from tests.fakes.http_server import Server
from tests.integration.restorations.conftest import Session
from tests.integration.restorations.money.conftest import EMAIL, Till


def test_an_order_and_a_page_to_pay_it_on(till: Till) -> None:
    session = till.session("valid", "invalid", "valid")
    order = till.ordered(session, email="Ada@Example.COM")
    row = order.row
    assert (row["status"], row["payment_status"], row["pay_with"]) == ("pending_payment", "unpaid", "card")
    assert (row["price_cents"], row["total_cents"], row["currency"]) == (900, 1800, "usd")
    assert (row["email"], row["session_id"], row["user_id"]) == ("Ada@example.com", session.id, None)
    images = till.rows("order_images", order.id)
    assert [image["position"] for image in images] == [1, 2]
    assert [image["filename"] for image in images] == ["grandma 1.jpg", "grandma 3.jpg"]
    assert {image["status"] for image in images} == {"pending"}
    page = till.stripe.session(order.page)
    assert (page["amount_total"], page["currency"], page["customer_email"]) == (1800, "usd", "Ada@example.com")
    assert page["client_reference_id"] == page["metadata"]["order_id"] == str(order.id)
    assert page["payment_method_types"] == ["card"]
    web = settings().web_origin
    assert page["success_url"] == f"{web}/restore/orders/{order.id}?paid=1"
    assert page["cancel_url"] == f"{web}/restore?session={session.id}"
    assert page["expires_at"] < (clock.now() + timedelta(hours=24)).timestamp()
    shown = order.shown()
    assert (shown["status"], shown["payment_status"], shown["checkout_url"]) == (
        "pending_payment",
        "unpaid",
        order.page,
    )
    assert till.mails("order_paid", "Ada@example.com") == []


def test_the_page_ends_before_the_upload_does(till: Till) -> None:
    session = till.session(ends_in=timedelta(hours=2))
    order = till.ordered(session)
    ends = till.row("upload_sessions", session.id)["expires_at"].timestamp()
    assert ends - 120 < till.stripe.session(order.page)["expires_at"] < ends


@pytest.mark.parametrize(("minutes", "status"), [(-1, 410), (0, 410), (20, 410), (30, 410), (32, 200)], ids=str)
def test_a_page_needs_half_an_hour(till: Till, minutes: int, status: int) -> None:
    assert till.check_out(till.session(ends_in=timedelta(minutes=minutes))).status == status


@pytest.mark.parametrize(
    ("files", "status"),
    [(("pending", "valid"), 409), (("invalid",), 400), (("invalid", "pending"), 409), (("valid", "invalid"), 200)],
    ids=str,
)
def test_only_what_was_looked_into_is_ordered(till: Till, files: tuple[str, ...], status: int) -> None:
    assert till.check_out(till.session(*files)).status == status


def test_only_the_sessions_own_token_opens_it(till: Till) -> None:
    session, other = till.session(), till.session()
    order = till.ordered(other)
    for token in (order.token, "x", till.person().token):
        assert till.check_out(session, session_token=token).status == 401
    assert till.check_out(session, session_token=other.token).status == 404
    assert till.check_out(session._replace(id=uuid4())).status == 404
    assert till.value("SELECT count(*) FROM orders WHERE session_id = %s", session.id) == 0
    assert till.check_out(session, token="nonsense").status == 401


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada\x07@example.com",
        "<ada@example.com>",
        "a" * 65 + "@example.com",
        "ada@exa\nmple.com",
        '"a\r\nb"@example.com',
    ],
)
def test_no_address_that_is_none(till: Till, email: str) -> None:
    answer = till.check_out(till.session(), email=email)
    assert answer.status == 400
    assert answer.json()["errors"][0]["field"] == "email"


def test_wishes_that_the_model_does_not_have(till: Till, environment: pytest.MonkeyPatch) -> None:
    session = till.session()
    for wish in ({"colorize": True}, {"upscale": 2}, {"fidelity": 0.5}):
        answer = till.check_out(session, options=wish)
        assert answer.status == 400
        assert answer.json()["errors"][0]["field"] == f"options.{next(iter(wish))}"
    assert till.check_out(session, options={"fidelity": 0.7, "colorize": False, "upscale": 1}).status == 200
    wished = {"image": "$image", "w": "$fidelity", "colour": "$colorize", "scale": "$upscale"}
    environment.setenv("REPLICATE_INPUT", json.dumps(wished))
    settings.cache_clear()
    order = till.ordered(session, options={"fidelity": 0.5, "colorize": True, "upscale": 4})
    assert (order.row["fidelity"], order.row["colorize"], order.row["upscale"]) == (0.5, True, 4)


def test_a_second_checkout_is_the_same_order_with_a_fresh_page(till: Till) -> None:
    session = till.session()
    first = till.ordered(session)
    second = till.ordered(session, email="grace@example.com")
    assert first.id == second.id
    assert first.page != second.page
    assert first.token != second.token
    assert second.row["email"] == "grace@example.com"
    assert till.stripe.session(first.page)["status"] == "expired"
    assert till.stripe.session(second.page)["status"] == "open"
    assert first.shown()["checkout_url"] == second.page
    till.hear_all()  # that the first one has expired
    assert first.shown()["checkout_url"] == second.page
    assert len(second.image_ids) == 2


def test_what_was_paid_is_not_paid_twice(till: Till) -> None:
    session = till.session()
    order = till.bought(session)
    assert till.check_out(session).status == 409
    assert till.check_out(session, till.person(5_000).token, pay_with="credits").status == 409
    assert order.facts == ("processing", "paid", 0)


def test_paid_while_another_page_was_asked_for(till: Till) -> None:
    """The webhook is still on its way: the page itself says so."""
    session = till.session()
    order = till.ordered(session)
    till.stripe.pay(order.page)
    answer = till.check_out(session, email="grace@example.com")
    assert answer.status == 409
    assert order.facts == ("processing", "paid", 0)
    till.hear_all(times=2)
    assert order.facts == ("processing", "paid", 0)
    assert order.jobs == 2
    assert len(till.mails("order_paid", "grace@example.com")) == 1


def test_a_payment_that_is_on_its_way_is_waited_for(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    till.stripe.press(order.page, "delay", outcome="fails", seconds="0")
    assert till.check_out(session).status == 409
    till.stripe.get("events")  # time passes there
    assert till.hear_all()[-1] == "checkout.session.async_payment_failed"
    assert order.facts == ("pending_payment", "unpaid", 0)
    assert till.ordered(session).id == order.id


def test_an_expired_page_is_followed_by_another(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    till.stripe.by_hand(f"sessions/{order.page.rpartition('/')[2]}/expire")
    again = till.ordered(session)  # before we were told
    assert (again.id, again.shown()["checkout_url"]) == (order.id, again.page)
    till.stripe.by_hand(f"sessions/{again.page.rpartition('/')[2]}/expire")
    till.hear_all()
    assert order.shown()["checkout_url"] is None
    assert order.facts == ("pending_payment", "unpaid", 0)


def test_a_lost_answer_is_asked_for_again(till: Till) -> None:
    till.stripe.plan("lost_answer")
    order = till.ordered()
    assert [row["session"] for row in till.stripe.payments() if row["client_reference_id"] == str(order.id)] == [
        order.page.rpartition("/")[2]
    ]


@pytest.mark.parametrize("fault", ["500", "garbage", "empty", "429"])
def test_a_provider_that_fails(till: Till, fault: str) -> None:
    session = till.session()
    till.stripe.plan(fault, fault, fault)
    answer = till.check_out(session)
    assert answer.status == 502
    assert "payment provider" in answer.json()["detail"]
    till.stripe.plan()
    row = till.value("SELECT row_to_json(o) FROM orders o WHERE session_id = %s", session.id)
    assert (row["status"], row["stripe_session_id"]) == ("pending_payment", None)
    assert till.ordered(session).facts == ("pending_payment", "unpaid", 0)


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"[]", b"\xff\xfe", b"{}", b'{"id": 7, "url": "x"}', b'{"id": "cs", "url": null}', b'"text"'],
    ids=str,
)
def test_answers_that_say_nothing(till: Till, environment: pytest.MonkeyPatch, answer: bytes) -> None:
    with Server() as odd:
        odd.answer(200, answer, {"content-type": "application/json"})
        environment.setenv("STRIPE_URL", odd.url)
        settings.cache_clear()
        assert till.check_out(till.session()).status == 502


def test_nobody_is_there(till: Till, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("STRIPE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    assert till.check_out(till.session()).status == 502


def test_an_address_that_the_provider_refuses_is_the_customers_mistake(
    till: Till, environment: pytest.MonkeyPatch
) -> None:
    refused = {"error": {"type": "invalid_request_error", "param": "customer_email", "message": "Invalid"}}
    with Server() as odd:
        odd.answer(400, json.dumps(refused).encode())
        environment.setenv("STRIPE_URL", odd.url)
        settings.cache_clear()
        answer = till.check_out(till.session())
    assert answer.status == 400
    assert answer.json()["errors"][0]["field"] == "email"


def test_too_many_checkouts(till: Till, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CHECKOUTS_PER_ADDRESS_HOUR", "2")
    settings.cache_clear()
    session = till.session()
    assert [till.check_out(session).status for _ in range(3)] == [200, 200, 429]


def test_an_idempotency_key_repeats_the_answer(till: Till) -> None:
    session = till.session()
    body = {"session_id": str(session.id), "session_token": session.token, "email": EMAIL}
    first, second = (till.checkouts.post("/checkout", body, key="once") for _ in range(2))
    assert first.status == second.status == 200
    assert first.json() == second.json()
    assert till.value("SELECT pages FROM orders WHERE session_id = %s", session.id) == 1


def test_the_price_is_that_of_the_first_checkout(till: Till, environment: pytest.MonkeyPatch) -> None:
    session = till.session()
    till.ordered(session)
    environment.setenv("RESTORATION_PRICE_CENTS", "1200")
    settings.cache_clear()
    assert till.stripe.session(till.ordered(session).page)["amount_total"] == 1800
    assert till.stripe.session(till.ordered().page)["amount_total"] == 2400


def test_a_signed_in_persons_order_is_theirs(till: Till) -> None:
    session, ada = till.session(), till.person()
    first = till.ordered(session)
    order = till.ordered(session, token=ada.token)
    assert order.row["user_id"] == ada.user_id
    assert till.order(first.id, ada.token)["id"] == str(order.id)
    assert till.ordered(session).row["user_id"] == ada.user_id


def test_an_order_that_nobody_paid_shows_no_photos_that_are_gone(till: Till) -> None:
    order = till.ordered()
    assert all(image["original_url"] for image in order.shown()["images"])
    till.execute("UPDATE orders SET status = 'failed' WHERE id = %s", order.id)
    assert [image["original_url"] for image in order.shown()["images"]] == [None, None]


# --- the same photo twice -------------------------------------------------------------------------------------------


def _twins(till: Till) -> Session:
    """Three files, of which the third has the bytes of the first."""
    session = till.session("valid", "valid", "valid")
    till.execute(
        """UPDATE upload_files f SET sha256 = first.sha256 FROM upload_files first
            WHERE first.session_id = f.session_id AND first.position = 1 AND f.position = 3 AND f.session_id = %s""",
        session.id,
    )
    return session


def _files(till: Till, session: Session) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = till.api.get(f"/upload/{session.id}", token=session.token).json()["files"]
    return files


def test_the_same_photo_twice_is_priced_once(till: Till) -> None:
    session = _twins(till)
    files = _files(till, session)
    assert [file["status"] for file in files] == ["valid", "valid", "invalid"]
    assert files[2]["reason"] == "This is the same photo as “grandma 1.jpg”, which is ordered once."
    order = till.ordered(session)
    assert (order.row["total_cents"], len(order.image_ids)) == (1800, 2)


def test_who_means_it_orders_it_twice(till: Till) -> None:
    session = _twins(till)
    order = till.ordered(session)
    again = till.ordered(session, keep_duplicates=True)
    assert (again.id, again.row["total_cents"], len(again.image_ids)) == (order.id, 2700, 3)
    assert till.ordered(session).row["total_cents"] == 1800


def test_without_the_first_the_second_is_the_photo(till: Till) -> None:
    session = _twins(till)
    first = _files(till, session)[0]["upload_id"]
    assert till.api.call("DELETE", f"/upload/{session.id}/files/{first}", token=session.token).status == 204
    assert [file["status"] for file in _files(till, session)] == ["valid", "valid"]
    assert till.ordered(session).row["total_cents"] == 1800


def test_photos_of_two_sessions_are_no_duplicates(till: Till) -> None:
    one, other = till.session("valid"), till.session("valid")
    till.execute("UPDATE upload_files SET sha256 = %s", bytes(32))
    assert [_files(till, session)[0]["status"] for session in (one, other)] == ["valid", "valid"]
