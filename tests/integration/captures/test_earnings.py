"""A photo pays once, in full or nothing with a reason, whatever comes twice, late, at once or in another order."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captures import earn
from captures.service import earnings
from darkroom import db, events, images, ledger, messages
from darkroom.db import Tx
from darkroom.errors import PaymentRequired
from darkroom.messages import Message
from darkroom.settings import settings as darkroom_settings
from tests.factories import cameras
from tests.factories.captures import FLAT_GREY, NOON, arrived, device
from tests.factories.people import person
from tests.threads import at_once, own_connections

# Hashes that are far from each other: every two of them differ in 32 bits.
FAR = [0x0000_0000_FFFF_FFFF, 0x0000_FFFF_0000_FFFF, 0x00FF_00FF_00FF_00FF, 0x0F0F_0F0F_0F0F_0F0F]


def captured(tx: Tx, capture_id: UUID) -> Message:
    row = tx.one("SELECT user_id, device_id, image_id FROM captures WHERE id = %s", (capture_id,))
    assert row is not None
    return messages.new(events.PHOTO_CAPTURED, {"capture_id": capture_id, **row})


def pay(tx: Tx, capture_id: UUID) -> ledger.Entry | None:
    message = captured(tx, capture_id)
    earnings.pay(tx, message)
    return ledger.find(tx, message.uuid("user_id"), "capture", str(capture_id))


def paid(tx: Tx, capture_id: UUID) -> ledger.Entry:
    entry = pay(tx, capture_id)
    assert entry is not None
    return entry


def limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    for name, value in limits.items():
        monkeypatch.setenv(name.upper(), str(value))
    darkroom_settings.cache_clear()


def many_hashes(count: int) -> list[int]:
    """Hashes of which every two differ in more bits than near duplicates may."""
    chance, found = random.Random(7), list[int]()
    while len(found) < count:
        candidate = chance.getrandbits(64) - 2**63
        if all(images.distance(candidate, other) > 12 for other in found):
            found.append(candidate)
    return found


def test_a_photo_pays_fifty_cents_and_the_page_hears_of_it(tx: Tx) -> None:
    ada = person(tx)
    capture = arrived(tx, ada, device(tx, ada), FAR[0])
    entry = paid(tx, capture)
    assert (entry.amount_cents, entry.balance_after_cents, entry.reason) == (50, 50, None)
    told = tx.one("SELECT type, data FROM realtime_messages WHERE topic = %s", (f"user:{ada}",))
    assert told is not None
    assert told["type"] == "capture.paid"
    assert told["data"]["entry"]["id"] == str(entry.id)
    assert told["data"]["capture"]["earned_cents"] == 50
    assert (told["data"]["balance_cents"], told["data"]["available_credits_cents"]) == (50, 50)


def test_repetition_pays_nothing_more_and_tells_nobody_again(tx: Tx) -> None:
    ada = person(tx)
    capture = arrived(tx, ada, device(tx, ada), FAR[0])
    first = paid(tx, capture)
    assert paid(tx, capture) == first
    assert ledger.balances(tx, ada) == ledger.Balances(50, 50)
    assert tx.value("SELECT count(*) FROM realtime_messages WHERE topic = %s", (f"user:{ada}",)) == 1


def test_a_near_duplicate_of_any_camera_pays_nothing_and_says_why(tx: Tx) -> None:
    ada = person(tx)
    desk, door = device(tx, ada), device(tx, ada, "Door")
    arrived(tx, ada, desk, FAR[0], NOON)
    six_bits = FAR[0] ^ 0b111111
    entry = paid(tx, arrived(tx, ada, door, six_bits, NOON + timedelta(minutes=1)))
    assert entry.amount_cents == 0
    assert entry.reason == "near-duplicate: it shows the same as your photo of 20 January, 12:00 UTC"
    seven_bits = FAR[0] ^ 0b1111111 << 20
    assert paid(tx, arrived(tx, ada, door, seven_bits, NOON + timedelta(minutes=2))).amount_cents == 50


def test_hashes_with_the_sign_set_are_compared_as_bits(tx: Tx) -> None:
    ada = person(tx)
    desk = device(tx, ada)
    arrived(tx, ada, desk, -1, NOON)
    assert paid(tx, arrived(tx, ada, desk, -2, NOON + timedelta(minutes=1))).amount_cents == 0
    assert paid(tx, arrived(tx, ada, desk, FAR[0], NOON + timedelta(minutes=2))).amount_cents == 50


def test_pictures_of_one_colour_are_told_apart_by_it(tx: Tx) -> None:
    ada = person(tx)
    desk = device(tx, ada)
    arrived(tx, ada, desk, 0, NOON, FLAT_GREY)
    lighter = bytes([FLAT_GREY[0] + 9, *FLAT_GREY[1:]])
    assert paid(tx, arrived(tx, ada, desk, 0, NOON + timedelta(minutes=1), lighter)).amount_cents == 50
    hardly = bytes([FLAT_GREY[0] + 1, *FLAT_GREY[1:]])
    assert paid(tx, arrived(tx, ada, desk, 0, NOON + timedelta(minutes=2), hardly)).amount_cents == 0


def test_only_the_last_photos_are_looked_at(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, near_duplicate_photos=2)
    ada = person(tx)
    desk = device(tx, ada)
    for minute, phash in enumerate([FAR[0], FAR[1], FAR[2]]):
        arrived(tx, ada, desk, phash, NOON + timedelta(minutes=minute))
    assert paid(tx, arrived(tx, ada, desk, FAR[1], NOON + timedelta(minutes=3))).amount_cents == 0
    assert paid(tx, arrived(tx, ada, desk, FAR[0], NOON + timedelta(minutes=4))).amount_cents == 50


def test_a_photo_that_was_deleted_is_not_paid_for_again(tx: Tx) -> None:
    ada = person(tx)
    desk = device(tx, ada)
    arrived(tx, ada, desk, FAR[0], NOON)
    tx.execute("DELETE FROM images WHERE user_id = %s", (ada,))
    assert paid(tx, arrived(tx, ada, desk, FAR[0], NOON + timedelta(minutes=1))).amount_cents == 0


def test_who_else_has_such_a_photo_is_nobodys_business(tx: Tx) -> None:
    ada, ben = person(tx), person(tx, "Ben")
    arrived(tx, ada, device(tx, ada), FAR[0], NOON)
    assert paid(tx, arrived(tx, ben, device(tx, ben), FAR[0], NOON + timedelta(minutes=1))).amount_cents == 50


def test_caps_are_of_the_utc_day_on_which_photos_arrive(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, captures_paid_per_device_day=2, captures_paid_per_person_day=3)
    ada = person(tx)
    desk, door = device(tx, ada), device(tx, ada, "Door")
    hashes = iter(many_hashes(8))
    evening = datetime(2026, 1, 20, 23, 59, 59, tzinfo=UTC)
    first = [paid(tx, arrived(tx, ada, desk, next(hashes), evening)).amount_cents for _ in range(2)]
    third = paid(tx, arrived(tx, ada, desk, next(hashes), evening))
    assert first == [50, 50]
    assert (third.amount_cents, third.reason) == (0, "daily cap: 2 photos of one camera are paid for a day")
    assert paid(tx, arrived(tx, ada, door, next(hashes), evening)).amount_cents == 50
    fourth = paid(tx, arrived(tx, ada, door, next(hashes), evening))
    assert (fourth.amount_cents, fourth.reason) == (0, "daily cap: 3 photos of one person are paid for a day")
    late = arrived(tx, ada, desk, next(hashes), evening)
    after_midnight = paid(tx, arrived(tx, ada, desk, next(hashes), evening + timedelta(seconds=1)))
    assert after_midnight.amount_cents == 50
    assert paid(tx, late).amount_cents == 0  # its message came on the next day, and it itself did not


def test_a_near_duplicate_takes_nothing_of_the_days_share(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, captures_paid_per_device_day=2)
    ada = person(tx)
    desk = device(tx, ada)
    sequence = [FAR[0], FAR[0], FAR[0], FAR[1]]
    captures = [
        arrived(tx, ada, desk, phash, NOON + timedelta(minutes=minute)) for minute, phash in enumerate(sequence)
    ]
    assert [paid(tx, capture).amount_cents for capture in captures] == [50, 0, 0, 50]


def test_a_deleted_account_is_not_paid(tx: Tx) -> None:
    ada = person(tx)
    capture = arrived(tx, ada, device(tx, ada), FAR[0])
    message = captured(tx, capture)
    tx.execute("UPDATE users SET deleted_at = now(), email = NULL, password_hash = NULL WHERE id = %s", (ada,))
    earnings.pay(tx, message)
    assert ledger.balances(tx, ada) == ledger.Balances(0, 0)


def test_a_photo_that_has_not_arrived_is_not_paid(tx: Tx) -> None:
    ada = person(tx)
    capture = cameras.capture(tx, device(tx, ada), "uploading")
    said = {"user_id": ada, "capture_id": capture, "image_id": capture, "device_id": capture}
    earnings.pay(tx, messages.new(events.PHOTO_CAPTURED, said))
    assert ledger.balances(tx, ada) == ledger.Balances(0, 0)


def event_of(message: Message, receives: int = 1) -> dict[str, Any]:
    """As EventBridge puts it into the queue."""
    body = {"source": "darkroom", "detail-type": message.name, "detail": messages.to_document(message)}
    return {
        "Records": [
            {
                "messageId": str(message.id),
                "receiptHandle": "r",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": str(receives)},
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:darkroom-local-earnings",
                "eventSource": "aws:sqs",
                "awsRegion": "us-east-1",
                "messageAttributes": {},
                "md5OfBody": "",
            }
        ]
    }


@pytest.mark.usefixtures("committed_db")
def test_caps_are_exact_when_everything_arrives_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty photos, each message twice, by eight workers: as many are paid as the caps say, and each once."""
    limit(monkeypatch, captures_paid_per_device_day=8, captures_paid_per_person_day=13)
    with db.transaction() as tx:
        ada = person(tx)
        cameras = [device(tx, ada), device(tx, ada, "Door")]
        captures = [arrived(tx, ada, cameras[n % 2], phash) for n, phash in enumerate(many_hashes(40))]
        work = [event_of(captured(tx, capture)) for capture in captures] * 2
    random.Random(3).shuffle(work)

    def work_off(share: list[dict[str, Any]]) -> list[Any]:
        return [failure for event in share for failure in earn.handler(event, None)["batchItemFailures"]]

    with own_connections(monkeypatch):
        failures = at_once([partial(work_off, work[start::8]) for start in range(8)])
    assert failures == [[]] * 8
    with db.reading() as tx:
        entries = ledger.page(tx, ada, 100)
        assert Counter(entry.amount_cents for entry in entries) == {50: 13, 0: 27}
        assert len({entry.reference for entry in entries}) == 40
        rows = tx.all(
            """SELECT c.device_id, count(*) AS paid FROM captures c JOIN ledger_entries e ON e.reference = c.id::text
                WHERE e.amount_cents > 0 GROUP BY c.device_id"""
        )
        assert max(row["paid"] for row in rows) <= 8
        assert ledger.balances(tx, ada) == ledger.Balances(650, 650)


class Shot(NamedTuple):
    """A photo of a random history."""

    camera: int
    look: int
    hour: int


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shots=st.lists(
        st.builds(Shot, camera=st.integers(0, 1), look=st.integers(0, 9), hour=st.integers(0, 60)), max_size=14
    ),
    order=st.randoms(use_true_random=False),
    spends=st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=6),
)
def test_any_history_of_photos_and_spends_keeps_the_ledgers_promises(
    rolled_back_db: None,
    monkeypatch: pytest.MonkeyPatch,
    shots: list[Shot],
    order: random.Random,
    spends: list[tuple[int, bool]],
) -> None:
    """Photos of some days, cameras and looks, paid for in any order and repeated, and spends in between: at every
    moment both balances follow from the entries alone, and at the end each photo was paid as the rules say."""
    limit(monkeypatch, captures_paid_per_device_day=2, captures_paid_per_person_day=3)
    looks = many_hashes(10)
    with db.transaction() as tx:
        ada = person(tx)
        cameras = [device(tx, ada), device(tx, ada, "Door")]
        made = {
            arrived(tx, ada, cameras[shot.camera], looks[shot.look], NOON + timedelta(hours=shot.hour)): shot
            for shot in shots
        }
        steps: list[Any] = [*made, *made, *enumerate(spends)]
        order.shuffle(steps)
        for step in steps:
            if isinstance(step, UUID):
                pay(tx, step)
            else:
                number, (cents, is_released) = step
                _spend(tx, ada, number, cents, is_released=is_released)
            _agree(tx, ada)
        _check_payments(tx, ada, made)


def _spend(tx: Tx, user_id: UUID, number: int, cents: int, *, is_released: bool) -> None:
    try:
        ledger.post(tx, user_id, "hold", -cents, f"order-{number}")
    except PaymentRequired:
        return
    if is_released:
        ledger.post(tx, user_id, "release", cents, f"order-{number}")


def _agree(tx: Tx, user_id: UUID) -> None:
    entries = ledger.page(tx, user_id, 1_000)
    running = 0
    for entry in reversed(entries):
        running += entry.amount_cents
        assert entry.balance_after_cents == running >= 0
    earned = sum(entry.amount_cents for entry in entries if entry.kind in ledger.EARNED_KINDS)
    assert ledger.balances(tx, user_id) == ledger.Balances(earned, running)


def _check_payments(tx: Tx, user_id: UUID, made: dict[UUID, Shot]) -> None:
    entries = {entry.reference: entry for entry in ledger.page(tx, user_id, 1_000) if entry.kind == "capture"}
    assert set(entries) == {str(capture) for capture in made}
    seen: set[int] = set()
    for capture, shot in sorted(made.items(), key=lambda pair: (pair[1].hour, pair[0])):
        is_repeated = shot.look in seen
        seen.add(shot.look)
        reason = entries[str(capture)].reason or ""
        assert is_repeated == reason.startswith("near-duplicate")
        assert entries[str(capture)].amount_cents == (0 if reason else 50)
    paid_shots = [shot for capture, shot in made.items() if entries[str(capture)].amount_cents]
    of_day = Counter((NOON + timedelta(hours=shot.hour)).date() for shot in paid_shots)
    of_camera = Counter(((NOON + timedelta(hours=shot.hour)).date(), shot.camera) for shot in paid_shots)
    assert max(of_day.values(), default=0) <= 3
    assert max(of_camera.values(), default=0) <= 2
    for capture, shot in made.items():
        if (entries[str(capture)].reason or "").startswith("daily cap"):
            day = (NOON + timedelta(hours=shot.hour)).date()
            assert of_camera[day, shot.camera] == 2 or of_day[day] == 3
