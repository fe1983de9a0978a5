"""What waits is brought, in order, whatever happens on the way: nothing is lost and nothing comes twice."""

import hashlib
from collections.abc import Callable, Iterator

import pytest

from darkroom_agent.api import Api
from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.errors import Revoked
from darkroom_agent.home import Home, Pairing
from darkroom_agent.sender import Sender
from darkroom_agent.spool import Bounds, Photo, Spool, Wish
from tests.fakes.agent_api import AgentApi
from tests.fakes.mjpeg_camera import frame
from tests.integration.edge.conftest import QUICK, Running

TAKEN = 1_780_000_000.0


@pytest.fixture
def spool(home: Home, pairing: Pairing) -> Iterator[Spool]:
    with Spool.opened(home, pairing.device_id) as opened:
        opened.bounds = Bounds(1_000_000, 0)
        yield opened


class Ticking:
    """Time goes only when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def sender(spool: Spool, pairing: Pairing, ticking: Ticking) -> Iterator[Sender]:
    api = Api(pairing.api, pairing.device_token, QUICK)
    yield Sender(api, spool, Clock(ticking), QUICK)
    api.connections.close()


def add(spool: Spool, number: int, wish: Wish | None = None) -> Photo:
    photo = spool.add(frame(number), TAKEN + number, wish or Wish())
    assert photo is not None
    return photo


def hashes(*numbers: int) -> list[str]:
    return [hashlib.sha256(frame(number)).hexdigest() for number in numbers]


def bring_all(sender: Sender, ticking: Ticking, rounds: int = 40) -> None:
    """Until nothing waits, or patience ends."""
    for _ in range(rounds):
        wait = sender.next_in()
        if wait is None:
            return
        ticking.seconds += wait
        sender.send_waiting()


def test_a_commands_photo_goes_to_its_capture(sender: Sender, spool: Spool, api: AgentApi) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))
    sender.send_waiting()
    assert (capture.status, capture.taken_at, spool.waiting()) == ("completed", to_wire(TAKEN + 1), [])
    assert list(api.objects.values()) == [frame(1)]
    assert api.headers["put"]["content-type"] == "image/jpeg"
    assert sender.next_in() is None


def test_a_photo_of_its_own_is_reported(sender: Sender, spool: Spool, api: AgentApi) -> None:
    photo = add(spool, 1, Wish(None, "hour", "2026-11-01T10:00:00Z"))
    sender.send_waiting()
    (told,) = api.bodies["report"]
    assert told == {
        "client_id": photo.id,
        "schedule_id": "hour",
        "due_at": "2026-11-01T10:00:00Z",
        "taken_at": photo.taken_at,
        "content_type": "image/jpeg",
        "size_bytes": photo.size,
        "sha256": photo.sha256,
    }
    assert api.photos() == hashes(1)


def test_they_go_in_order_on_one_connection(sender: Sender, spool: Spool, api: AgentApi) -> None:
    for number in range(4):
        add(spool, number)
    sender.send_waiting()
    assert [body["sha256"] for body in api.bodies["complete"]] == hashes(0, 1, 2, 3)


FAULTS: list[tuple[str, int | str]] = [
    (kind, fault) for kind in ("upload-url", "report", "put", "complete") for fault in (500, 503, 429, "drop", "lose")
]


@pytest.mark.parametrize(("kind", "fault"), [*FAULTS, ("put", 403), ("put", 400), ("put", 302)])
def test_what_fails_on_the_way_is_done_again_and_once(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking, kind: str, fault: int | str
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))
    add(spool, 2)
    api.next(kind, fault, fault)
    bring_all(sender, ticking)
    assert api.faults_are_used_up()
    assert sorted(api.photos()) == sorted(hashes(1, 2))
    assert [each.completions for each in api.captures.values()] == [1, 1]
    assert spool.waiting() == []


@pytest.mark.parametrize("kind", ["upload-url", "report", "complete"])
def test_a_sign_in_page_in_between_is_not_darkrooms_word(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking, kind: str
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))
    add(spool, 2)
    api.next(kind, "portal")
    sender.send_waiting()
    assert "Is the address right?" in sender.trouble
    bring_all(sender, ticking)
    assert sorted(api.photos()) == sorted(hashes(1, 2))


def test_one_bad_photo_does_not_hold_up_the_others(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking
) -> None:
    captures = [api.ask() for _ in range(3)]
    for number, capture in enumerate(captures):
        add(spool, number, Wish(capture.id))
    api.next("upload-url", 500)
    sender.send_waiting()
    assert [capture.status for capture in captures] == ["requested", "completed", "completed"]
    bring_all(sender, ticking)
    assert captures[0].status == "completed"


def test_storage_that_is_down_is_not_asked_for_each_photo(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking
) -> None:
    for number in range(10):
        add(spool, number)
    api.next("put", *[503] * 12)
    sender.send_waiting()
    assert api.count("put") == 3
    assert sender.trouble == "storage answered 503"
    bring_all(sender, ticking, rounds=200)
    assert sorted(api.photos()) == sorted(hashes(*range(10)))
    assert sender.trouble == ""


def test_an_api_that_is_down_is_asked_once(sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking) -> None:
    for number in range(3):
        add(spool, number)
    api.go_down()
    sender.send_waiting()
    assert sender.next_in()
    sender.send_waiting()  # too soon: nothing is done
    api.come_back()
    sender.send_waiting()
    assert api.asked == []
    sender.reconnected()
    sender.send_waiting()
    assert api.photos() == hashes(0, 1, 2)
    assert [body["sha256"] for body in api.bodies["complete"]] == hashes(0, 1, 2)


@pytest.mark.parametrize("status", ["expired", "failed", "unknown"])
def test_a_photo_whose_capture_is_over_is_reported(sender: Sender, spool: Spool, api: AgentApi, status: str) -> None:
    capture = api.ask()
    photo = add(spool, 1, Wish(capture.id, "hour", "2026-11-01T10:00:00Z"))
    if status == "unknown":
        api.captures.clear()
    else:
        capture.status = status
    sender.send_waiting()
    assert api.photos() == hashes(1)
    assert api.bodies["report"][0]["client_id"] == photo.id
    assert api.bodies["report"][0]["schedule_id"] == "hour"


def test_a_capture_that_ends_after_the_photo_is_there(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))

    def expire() -> None:
        capture.status = "expired"

    api.at("put", 1, "after", expire)
    bring_all(sender, ticking)
    assert api.photos() == hashes(1)
    assert capture.status == "expired"


def test_a_photo_taken_while_paused_is_deleted(sender: Sender, spool: Spool, api: AgentApi) -> None:
    photo = add(spool, 1)
    api.pauses_apply_to_reports = True
    sender.send_waiting()
    assert spool.waiting() == []
    assert spool.counts().refused == 0
    assert sender.deleted == {photo.id}
    assert api.objects == {}


@pytest.mark.parametrize("status", [400, 413, 415])
def test_a_photo_that_is_never_taken_is_set_aside(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking, status: int
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))
    add(spool, 2)
    api.next("upload-url", status)
    api.next("report", status)
    bring_all(sender, ticking)
    assert [reason for _, reason in spool.refusals()] == [f"Planned {status}."] * 2
    assert spool.waiting() == []
    assert (capture.status, capture.error) == ("failed", f"Darkroom refused the photo: Planned {status}.")


def test_a_url_that_is_over_is_replaced(sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking) -> None:
    add(spool, 1)
    api.url_is_good = False
    sender.send_waiting()
    api.url_is_good = True
    bring_all(sender, ticking)
    assert api.photos() == hashes(1)
    assert api.count("report") == 2


def test_what_is_there_and_does_not_match_is_put_there_again(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))

    def spoil() -> None:
        api.objects[capture.storage_key or ""] = b"something else"

    api.at("put", 1, "after", spoil)
    bring_all(sender, ticking)
    assert api.photos() == hashes(1)
    assert len(api.objects) == 2


def test_what_never_matches_is_set_aside_after_five_attempts(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))
    api.next("complete", *[400] * 5)
    bring_all(sender, ticking)
    assert spool.counts().refused == 1
    assert capture.status == "failed"
    assert api.count("complete") == 5


def test_a_revoked_token_ends_it_and_the_photos_stay(sender: Sender, spool: Spool, api: AgentApi) -> None:
    add(spool, 1)
    api.revoke()
    with pytest.raises(Revoked):
        sender.send_waiting()
    assert len(spool.waiting()) == 1


def test_retry_after_is_kept_even_when_the_connection_comes_back(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(spool, 1)
    monkeypatch.setattr("darkroom_agent.api.retry_after", lambda _: 300.0)
    api.next("report", 429)
    sender.send_waiting()
    sender.reconnected()
    assert (sender.next_in() or 0) >= 300


def test_a_failed_command_is_told_until_it_is_heard(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking
) -> None:
    capture = api.ask()
    over = api.ask()
    over.status = "expired"
    spool.fail(capture.id, "unplugged")
    spool.fail(over.id, "unplugged")
    api.next("fail", 500, "drop", "lose")
    bring_all(sender, ticking)
    assert (capture.status, capture.error) == ("failed", "unplugged")
    assert spool.failures() == []


def test_a_full_disk_while_sending_loses_and_doubles_nothing(
    sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = api.ask()
    add(spool, 1, Wish(capture.id))
    write = spool.db.write
    full = [True]

    def limited(statement: str, *values: object) -> int:
        if full[0] and statement.startswith("DELETE FROM photos"):
            spool.db.one("PRAGMA max_page_count = 1")
            statement = "INSERT INTO facts VALUES ('big', hex(zeroblob(500000)))"
            values = ()
        return write(statement, *values)

    monkeypatch.setattr(spool.db, "write", limited)
    sender.send_waiting()
    assert capture.status == "completed"
    assert len(spool.waiting()) == 1
    full[0] = False
    bring_all(sender, ticking)
    assert (spool.waiting(), capture.completions) == ([], 1)


def test_an_unknown_refusal_is_tried_again(sender: Sender, spool: Spool, api: AgentApi, ticking: Ticking) -> None:
    add(spool, 1)
    api.next("report", 402)
    api.next("complete", 403)
    bring_all(sender, ticking)
    assert api.photos() == hashes(1)


def test_the_whole_agent_brings_what_lies_there_when_the_api_returns(
    running: Callable[..., Running], spool: Spool, api: AgentApi, pairing: Pairing
) -> None:
    api.go_down()
    for number in range(3):
        add(spool, number)
    running()
    api.come_back()
    api.until(lambda: len(api.with_status("completed")) == 3)
    assert sorted(api.photos()) == sorted(hashes(0, 1, 2))
