"""The person's own page: profile, dashboard, earnings, phone and browsers."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts import notify
from darkroom import clients, db, ids, ledger, messages
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.fakes import queues
from tests.integration.accounts.conftest import World, all_at_once


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent, BEGIN and COMMIT left aside."""
    sent: list[str] = []
    run = db.Tx._run

    def counted(self: db.Tx, statement: Any, *rest: Any) -> Any:
        sent.append(str(statement))
        return run(self, statement, *rest)

    monkeypatch.setattr(db.Tx, "_run", counted)
    return sent


def test_the_profile_is_one_statement_beyond_the_token_check(world: World, statements: list[str]) -> None:
    member = world.member()
    statements.clear()
    answer = world.get("/users/me", token=member.access)
    assert len(statements) == 2
    assert answer.status == 200
    assert answer.json()["email"] == "ada@example.com"
    assert "password" not in answer.text


def test_a_trailing_slash_is_the_same_address(world: World) -> None:
    member = world.member()
    assert world.get("/users/me/", token=member.access).json() == world.get("/users/me", token=member.access).json()


def test_the_name_can_change_and_nothing_else(world: World) -> None:
    member = world.member()
    answer = world.patch("/users/me", {"name": " Ada King "}, token=member.access)
    assert (answer.status, answer.json()["name"]) == (200, "Ada King")
    assert world.patch("/users/me", {}, token=member.access).json() == answer.json()
    for change in ({"email": "eve@example.com"}, {"role": "admin"}, {"name": ""}, {"name": 1}, {"suspended": False}):
        assert world.patch("/users/me", change, token=member.access).status == 400
    assert world.get("/users/me", token=member.access).json() == answer.json()


@pytest.mark.parametrize(("method", "path"), [("POST", "/users/me"), ("PUT", "/auth/login"), ("GET", "/auth/login")])
def test_a_method_that_is_not_taken_is_a_problem(world: World, method: str, path: str) -> None:
    answer = world.call(method, path)
    assert answer.status == 405
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/users", "/users/you", "/auth", "/auth/nothing", "/admin"])
def test_an_unknown_path_is_a_problem(world: World, path: str) -> None:
    answer = world.get(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


# --- dashboard and earnings -----------------------------------------------------------------------------------------


def test_a_new_persons_dashboard_is_empty(world: World, statements: list[str]) -> None:
    member = world.member()
    statements.clear()
    answer = world.get("/users/me/stats", token=member.access)
    assert len(statements) == 2
    assert answer.json() == {
        **dict.fromkeys(
            ("photos", "captures", "schedules", "active_schedules", "albums", "datasets", "models", "events"), 0
        ),
        **dict.fromkeys(("balance_cents", "available_credits_cents", "earned_today_cents", "storage_bytes"), 0),
        "currency": "usd",
    }


def test_the_dashboard_counts_what_is_the_persons(world: World) -> None:
    member, other = world.member(), world.member("eve@example.com")
    with db.transaction() as tx:
        for owner, size, trashed in ((member, 100, None), (member, 50, datetime.now(UTC)), (other, 7, None)):
            image_id = ids.new_id()
            tx.execute(
                """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type,
                                       file_size_bytes, trashed_at)
                   VALUES (%s, %s, 'upload', %s, 'a.jpg', 'image/jpeg', %s, %s)""",
                (image_id, owner.uuid, str(image_id), size, trashed),
            )
        ledger.post(tx, member.uuid, "capture", 50, "photo-1")
        ledger.post(tx, member.uuid, "adjustment", 25, "welcome")
        ledger.post(tx, member.uuid, "hold", -60, "order-1")
        ledger.post(tx, other.uuid, "capture", 50, "photo-1")
    stats = world.get("/users/me/stats", token=member.access).json()
    assert (stats["photos"], stats["storage_bytes"]) == (1, 150)
    assert (stats["balance_cents"], stats["available_credits_cents"]) == (75, 15)
    assert stats["earned_today_cents"] == 75


def test_today_is_the_utc_day(world: World, frozen_time: FrozenTime) -> None:
    member = world.member()
    with db.transaction() as tx:
        ledger.post(tx, member.uuid, "capture", 50, "photo-1")
    frozen_time.advance(86_400)
    access = world.login().json()["access_token"]
    stats = world.get("/users/me/stats", token=access).json()
    assert (stats["balance_cents"], stats["earned_today_cents"]) == (50, 0)


def test_earnings_page_from_the_newest(world: World, statements: list[str]) -> None:
    member, other = world.member(), world.member("eve@example.com")
    with db.transaction() as tx:
        for number in range(5):
            ledger.post(tx, member.uuid, "capture", 50, f"photo-{number}")
        ledger.post(tx, member.uuid, "capture", 0, "photo-5", reason="near-duplicate")
        ledger.post(tx, other.uuid, "capture", 50, "photo-1")
    statements.clear()
    first = world.get("/users/me/earnings", token=member.access, query={"limit": 4}).json()
    assert len(statements) == 3
    assert {name: first[name] for name in first.keys() - {"items", "next_cursor"}} == {
        "balance_cents": 250,
        "available_credits_cents": 250,
        "currency": "usd",
    }
    rest = world.get("/users/me/earnings", token=member.access, query={"cursor": first["next_cursor"]}).json()
    entries = first["items"] + rest["items"]
    assert [entry["reference"] for entry in entries] == [f"photo-{number}" for number in range(5, -1, -1)]
    assert rest["next_cursor"] is None
    assert (entries[0]["amount_cents"], entries[0]["reason"]) == (0, "near-duplicate")
    assert entries[0].keys() >= {
        "id", "kind", "amount_cents", "balance_after_cents", "reference", "reason", "created_at",
    }  # fmt: skip
    assert entries[0]["created_at"].endswith("Z")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=" + "x" * 501, "cursor=WzFd", "cursor=%00"]
)
def test_a_page_that_cannot_be_is_refused(world: World, query: str) -> None:
    member = world.member()
    assert world.get("/users/me/earnings", token=member.access, query=query).status == 400


# --- phone ----------------------------------------------------------------------------------------------------------


class Carrier:
    """SNS: keeps what is sent, or fails."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.is_down = False

    def publish(self, **given: Any) -> dict[str, str]:
        if self.is_down:
            raise ConnectionError("down for a test")
        self.sent.append((given["PhoneNumber"], given["Message"]))
        return {"MessageId": "1"}

    @property
    def code(self) -> str:
        found = re.match(r"[0-9]{6}(?= is your Darkroom code)", self.sent[-1][1])
        assert found
        return found[0]


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    fake = Carrier()
    monkeypatch.setattr(clients, "sns", lambda: fake)
    return fake


def test_a_phone_is_the_persons_once_its_code_is_given(world: World, carrier: Carrier) -> None:
    member = world.member()
    asked = world.put("/users/me/phone", {"phone": "+49 (151) 234-567 89"}, token=member.access)
    assert (asked.status, asked.json()["phone"], asked.json()["confirmed"]) == (200, "+4915123456789", False)
    assert carrier.sent == []
    assert world.get("/users/me", token=member.access).json()["phone"] is None
    world.work_off_notices()
    [(number, text)] = carrier.sent
    assert number == "+4915123456789"
    assert text.endswith(f"@127.0.0.1 #{carrier.code}")
    confirmed = world.post("/users/me/phone/confirm", {"code": carrier.code}, token=member.access)
    assert confirmed.json() == {"phone": "+4915123456789", "confirmed": True, "code_expires_at": None}
    assert world.get("/users/me", token=member.access).json()["phone"] == "+4915123456789"
    assert world.mails("phone_changed")[0]["phone"] == "+49 … 89"
    assert world.post("/users/me/phone/confirm", {"code": carrier.code}, token=member.access).status == 400
    assert world.delete("/users/me/phone", token=member.access).status == 204
    assert world.delete("/users/me/phone", token=member.access).status == 404


def test_the_code_is_nowhere_at_rest(world: World, carrier: Carrier) -> None:
    member = world.member()
    world.put("/users/me/phone", {"phone": "+4915123456789"}, token=member.access)
    waiting = str([dict(message.data) for message in world.sqs.sent["notices"]])
    world.work_off_notices()
    with db.reading() as tx:
        kept = tx.value("SELECT row_to_json(t)::text FROM one_time_tokens t WHERE purpose = 'phone code'")
    assert carrier.code not in waiting + kept.partition('"created_at"')[0]
    assert "4915123456789" not in waiting


def test_a_code_bears_five_attempts(world: World, carrier: Carrier) -> None:
    member = world.member()
    world.put("/users/me/phone", {"phone": "+4915123456789"}, token=member.access)
    world.work_off_notices()
    wrong = f"{(int(carrier.code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert world.post("/users/me/phone/confirm", {"code": wrong}, token=member.access).status == 400
    assert world.post("/users/me/phone/confirm", {"code": carrier.code}, token=member.access).status == 400


def test_a_code_is_the_persons_own_the_newest_and_lasts_ten_minutes(
    world: World, carrier: Carrier, frozen_time: FrozenTime
) -> None:
    member, other = world.member(), world.member("eve@example.com")
    world.put("/users/me/phone", {"phone": "+4915123456789"}, token=member.access)
    world.work_off_notices()
    older = carrier.code
    assert world.post("/users/me/phone/confirm", {"code": older}, token=other.access).status == 400
    frozen_time.advance(1)
    world.put("/users/me/phone", {"phone": "+4915123456780"}, token=member.access)
    world.work_off_notices()
    if older != carrier.code:
        assert world.post("/users/me/phone/confirm", {"code": older}, token=member.access).status == 400
    frozen_time.advance(600)
    assert world.post("/users/me/phone/confirm", {"code": carrier.code}, token=member.access).status == 400


def test_an_sms_is_sent_once_however_often_its_message_comes(world: World, carrier: Carrier) -> None:
    member = world.member()
    world.put("/users/me/phone", {"phone": "+4915123456789"}, token=member.access)
    [message] = world.sqs.take("notices")
    carrier.is_down = True
    assert len(queues.failures(notify.handler(queues.event("notices", message), None))) == 1
    carrier.is_down = False
    for _ in range(2):
        assert queues.failures(notify.handler(queues.event("notices", message, receives=2), None)) == []
    assert len(carrier.sent) == 1


def test_of_two_who_give_a_code_at_once_one_is_heard(
    committed_world: World, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = committed_world.member()
    committed_world.put("/users/me/phone", {"phone": "+4915123456789"}, token=member.access)
    committed_world.work_off_notices()
    give = [lambda: committed_world.post("/users/me/phone/confirm", {"code": carrier.code}, token=member.access)]
    assert sorted(answer.status for answer in all_at_once(give * 3, monkeypatch)) == [200, 400, 400]
    assert len(committed_world.mails("phone_changed")) == 1


@pytest.mark.parametrize("data", [{}, {"token": "x"}, {"token": 1}, {"token": "é" * 64}])
def test_a_message_that_names_no_code_is_given_up(world: World, carrier: Carrier, data: dict[str, Any]) -> None:
    record = queues.event("notices", messages.new("accounts.send_phone_code", data))
    assert len(queues.failures(notify.handler(record, None))) == 1
    assert world.sqs.pauses == [("notices", 0)]


def test_codes_are_limited(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PHONE_CODES_PER_ACCOUNT_HOUR", "2")
    settings.cache_clear()
    member = world.member()
    statuses = [
        world.put("/users/me/phone", {"phone": f"+491512345678{number}"}, token=member.access).status
        for number in range(3)
    ]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(
    "phone", ["", "0151 2345678", "+0151 2345678", "+49 abc", "+1234567890123456", "+٤٩١٥١٢٣٤٥٦٧", 49]
)
def test_what_is_no_number_is_refused(world: World, phone: Any) -> None:
    member = world.member()
    assert world.put("/users/me/phone", {"phone": phone}, token=member.access).status == 400


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", 123456, None])
def test_what_is_no_code_is_refused(world: World, code: Any) -> None:
    member = world.member()
    assert world.post("/users/me/phone/confirm", {"code": code}, token=member.access).status == 400


# --- browsers -------------------------------------------------------------------------------------------------------

SUBSCRIPTION = {
    "endpoint": "https://push.example.net/send/abc",
    "expirationTime": None,
    "keys": {"p256dh": "B" * 87, "auth": "a" * 22},
}


def test_a_browser_subscribes_and_leaves(world: World) -> None:
    member, other = world.member(), world.member("eve@example.com")
    first = world.post("/users/me/push-subscriptions", SUBSCRIPTION, token=member.access)
    again = world.post("/users/me/push-subscriptions", SUBSCRIPTION, token=member.access)
    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json()
    address, by_id = {"endpoint": SUBSCRIPTION["endpoint"]}, f"/users/me/push-subscriptions/{first.json()['id']}"
    assert world.delete("/users/me/push-subscriptions", json=address, token=other.access).status == 404
    assert world.delete(by_id, token=other.access).status == 404
    assert world.delete("/users/me/push-subscriptions", json=address, token=member.access).status == 204
    assert world.delete("/users/me/push-subscriptions", json=address, token=member.access).status == 404
    assert world.delete(by_id, token=member.access).status == 404
    assert world.delete("/users/me/push-subscriptions/not-an-id", token=member.access).status == 404


def test_a_browser_belongs_to_whoever_signed_in_last(world: World) -> None:
    member, other = world.member(), world.member("eve@example.com")
    first = world.post("/users/me/push-subscriptions", SUBSCRIPTION, token=member.access).json()
    second = world.post("/users/me/push-subscriptions", SUBSCRIPTION, token=other.access).json()
    assert first["id"] != second["id"]
    assert world.delete(f"/users/me/push-subscriptions/{first['id']}", token=member.access).status == 404
    assert world.delete(f"/users/me/push-subscriptions/{second['id']}", token=other.access).status == 204


def test_only_the_newest_browsers_are_kept(world: World) -> None:
    member = world.member()
    for number in range(22):
        body = {**SUBSCRIPTION, "endpoint": f"https://push.example.net/send/{number}"}
        assert world.post("/users/me/push-subscriptions", body, token=member.access).status == 201
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM push_subscriptions") == 20


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.net/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://user:pass@push.example.net/x",
        "https://push.example.net:8080/x",
        "https://push.example.net:99999/x",
        "javascript:alert(1)",
        "",
        "https://push.example.net/" + "x" * 2_000,
    ],
)
def test_what_is_no_push_service_is_refused(world: World, endpoint: str) -> None:
    member = world.member()
    body = {**SUBSCRIPTION, "endpoint": endpoint}
    assert world.post("/users/me/push-subscriptions", body, token=member.access).status == 400
