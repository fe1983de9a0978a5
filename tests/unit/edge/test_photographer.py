"""Takes what is asked for and what is due, once."""

from collections.abc import Iterator
from typing import Any

import pytest

from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.errors import CameraFailed
from darkroom_agent.inbox import Inbox
from darkroom_agent.pace import Pace
from darkroom_agent.photographer import Photographer
from darkroom_agent.spool import Bounds, Spool
from darkroom_agent.timetable import Timetable
from tests.fakes.mjpeg_camera import frame
from tests.unit.edge.conftest import START, Hands


class Camera:
    def __init__(self) -> None:
        self.taken = 0
        self.failures: Iterator[Exception | None] = iter(())

    def take(self) -> bytes:
        failure = next(self.failures, None)
        if failure is not None:
            raise failure
        self.taken += 1
        return frame(self.taken)


@pytest.fixture
def camera() -> Camera:
    return Camera()


@pytest.fixture
def inbox(spool: Spool, timetable: Timetable, clock: Clock) -> Inbox:
    return Inbox(spool, timetable, clock)


@pytest.fixture
def photographer(camera: Camera, spool: Spool, timetable: Timetable, inbox: Inbox, clock: Clock) -> Photographer:
    return Photographer(
        camera=camera,
        spool=spool,
        timetable=timetable,
        inbox=inbox,
        clock=clock,
        pace=Pace(),
        wait=lambda _: None,
    )


def capture(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "capture", "capture_id": f"c{number}", "requested_at": to_wire(START), **more}


def plan(timetable: Timetable, *ages: float, revision: int = 1) -> None:
    timetable.replace(revision, [{"id": "hour", "name": "Each hour", "next": [to_wire(START + age) for age in ages]}])


def wishes(spool: Spool) -> list[tuple[str | None, str | None]]:
    return [(photo.capture_id, photo.schedule_id) for photo in spool.waiting()]


def test_a_command_that_comes_twice_takes_one_photo(
    photographer: Photographer, inbox: Inbox, spool: Spool, camera: Camera
) -> None:
    inbox.accept(capture(1))
    inbox.accept(capture(1))
    inbox.accept(capture(2))
    photographer.work()
    inbox.accept(capture(1))
    photographer.work()
    assert wishes(spool) == [("c1", None), ("c2", None)]
    assert camera.taken == 2
    assert inbox.is_empty


@pytest.mark.parametrize(
    "command",
    [
        {"type": "selfie"},
        {},
        {"type": "capture"},
        {"type": "schedules"},
        {"type": "schedules", "schedules": 7},
        {"type": "paused", "revision": "much"},
        {"type": "capture", "capture_id": "c1", "schedule_id": "hour", "due_at": "soon"},
    ],
)
def test_what_is_not_understood_is_passed_over(
    photographer: Photographer, inbox: Inbox, spool: Spool, command: dict[str, Any]
) -> None:
    inbox.accept(command)
    inbox.accept(capture(2))
    photographer.work()
    assert wishes(spool) == [("c2", None)]


def test_what_has_expired_is_not_taken_by_a_clock_that_is_right(
    photographer: Photographer, inbox: Inbox, spool: Spool, clock: Clock
) -> None:
    late = to_wire(START - 1)
    inbox.accept(capture(1, expires_at=late))
    photographer.work()
    assert wishes(spool) == [("c1", None)]
    clock.anchor(START, clock.ticks())
    inbox.accept(capture(2, expires_at=late))
    inbox.accept(capture(3, expires_at=to_wire(START + 60)))
    photographer.work()
    assert wishes(spool) == [("c1", None), ("c3", None)]


def test_a_camera_that_fails_is_tried_once_more_and_then_told(
    photographer: Photographer, inbox: Inbox, spool: Spool, camera: Camera
) -> None:
    camera.failures = iter([CameraFailed("unplugged"), None, CameraFailed("unplugged"), CameraFailed("unplugged")])
    inbox.accept(capture(1))
    inbox.accept(capture(2))
    photographer.work()
    assert wishes(spool) == [("c1", None)]
    assert spool.failures() == [("c2", "unplugged")]
    assert photographer.trouble.endswith("unplugged")
    inbox.accept(capture(2))
    assert inbox.is_empty


def test_what_failed_for_the_cloud_is_not_taken_by_the_agent_later(
    photographer: Photographer, inbox: Inbox, spool: Spool, camera: Camera, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    inbox.connected()
    hands.advance(11)
    camera.failures = iter([CameraFailed("unplugged")] * 2)
    inbox.accept(capture(1, schedule_id="hour", due_at=to_wire(START + 10)))
    photographer.work()
    assert spool.failures() == [("c1", "unplugged")]
    hands.advance(100)
    inbox.confirmed(hands.ticked)
    photographer.work()
    inbox.disconnected()
    photographer.work()
    assert wishes(spool) == []


def test_what_is_no_photo_is_a_cameras_failure(photographer: Photographer, inbox: Inbox, spool: Spool) -> None:
    photographer._camera = type("Odd", (), {"take": lambda self: b"hello"})()
    inbox.accept(capture(1))
    photographer.work()
    assert "no JPEG" in spool.failures()[0][1]


def test_paused_commands_fail_and_due_times_pass(
    photographer: Photographer, inbox: Inbox, spool: Spool, camera: Camera, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    inbox.accept({"type": "paused", "paused": True, "revision": 2})
    inbox.accept(capture(1))
    hands.advance(20)
    photographer.work()
    inbox.accept({"type": "paused", "paused": False, "revision": 3})
    photographer.work()
    assert camera.taken == 0
    assert spool.failures() == [("c1", "The device is paused by its owner.")]
    inbox.accept(capture(2, schedule_id="hour", due_at=to_wire(START + 10)))
    photographer.work()
    assert wishes(spool) == [("c2", "hour")]


def test_an_older_word_of_the_switch_does_not_count(inbox: Inbox, spool: Spool) -> None:
    inbox.accept({"type": "paused", "paused": True, "revision": 5})
    inbox.accept({"type": "paused", "paused": False, "revision": 4})
    assert spool.is_paused()


def test_a_full_spool_fails_commands_with_the_reason(
    photographer: Photographer, inbox: Inbox, spool: Spool, camera: Camera
) -> None:
    spool.bounds = Bounds(100, 0)
    inbox.accept(capture(1))
    photographer.work()
    assert "The spool is full" in spool.failures()[0][1]
    spool.bounds = Bounds(1_000_000, 10)
    spool.free = lambda _: 5
    inbox.accept(capture(2))
    photographer.work()
    assert "nearly full" in spool.failures()[1][1]
    assert camera.taken == 1  # the first could not be known to be too large


# --- what is due ------------------------------------------------------------------------------------------------------


def test_offline_the_agent_takes_what_is_due_once(
    photographer: Photographer, inbox: Inbox, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10, 20)
    assert photographer.next_in() == pytest.approx(10)
    photographer.work()
    assert wishes(spool) == []
    hands.advance(10)
    photographer.work()
    photographer.work()
    assert wishes(spool) == [(None, "hour")]
    assert spool.waiting()[0].due_at == to_wire(START + 10)
    # The cloud, found again, asks for the same.
    inbox.accept(capture(1, schedule_id="hour", due_at=to_wire(START + 10)))
    photographer.work()
    assert len(spool.waiting()) == 1
    assert spool.is_handled("capture c1")


def test_connected_the_cloud_asks_and_the_agent_keeps_still(
    photographer: Photographer, inbox: Inbox, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    inbox.connected()
    hands.advance(11)
    photographer.work()
    assert wishes(spool) == []
    inbox.accept(capture(1, schedule_id="hour", due_at=to_wire(START + 10)))
    photographer.work()
    inbox.disconnected()
    photographer.work()
    assert wishes(spool) == [("c1", "hour")]


def test_a_command_lost_with_the_connection_is_made_up_for(
    photographer: Photographer, inbox: Inbox, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    inbox.connected()
    hands.advance(40)
    photographer.work()
    inbox.disconnected()
    photographer.work()
    assert wishes(spool) == [(None, "hour")]


def test_a_connection_that_broke_unnoticed_counts_from_its_last_word(
    photographer: Photographer, inbox: Inbox, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    inbox.connected()
    hands.advance(5)
    inbox.heard()
    hands.advance(95)
    inbox.disconnected()
    assert inbox.contact.lost_at == pytest.approx(START + 5)
    photographer.work()
    assert wishes(spool) == [(None, "hour")]


def test_a_cloud_that_missed_it_is_made_up_for_after_ninety_seconds(
    photographer: Photographer, inbox: Inbox, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    inbox.connected()
    inbox.confirmed(hands.ticked)
    hands.advance(110)
    photographer.work()
    assert wishes(spool) == []
    inbox.confirmed(hands.ticked)
    photographer.work()
    assert wishes(spool) == [(None, "hour")]


def test_what_was_slept_through_is_not_photographed(
    photographer: Photographer, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10, 3_600)
    hands.advance(3_610)
    photographer.work()
    assert [photo.due_at for photo in spool.waiting()] == [to_wire(START + 3_600)]
    assert timetable.passed() == []


def test_a_jumping_wall_clock_fires_nothing(
    photographer: Photographer, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 600)
    hands.wall_ahead += 600
    photographer.work()
    assert wishes(spool) == []
    hands.wall_ahead -= 7_200
    hands.advance(600)
    photographer.work()
    assert wishes(spool) == [(None, "hour")]


def test_what_was_heard_before_the_time_was_set_right_still_counts(inbox: Inbox, clock: Clock, hands: Hands) -> None:
    inbox.connected()
    inbox.confirmed(hands.ticked)
    hands.advance(5)
    inbox.disconnected()
    clock.anchor(START - 86_400, clock.ticks())
    assert inbox.contact.lost_at == pytest.approx(START - 86_400)
    assert inbox.contact.confirmed_at == pytest.approx(START - 86_405)


def test_a_camera_that_fails_when_a_photo_is_due_is_tried_until_it_is_too_late(
    photographer: Photographer, camera: Camera, spool: Spool, timetable: Timetable, hands: Hands
) -> None:
    plan(timetable, 10)
    camera.failures = iter([CameraFailed("unplugged")] * 4)
    hands.advance(10)
    photographer.work()
    photographer.work()  # not at once again
    hands.advance(15)
    photographer.work()
    assert wishes(spool) == []
    hands.advance(15)
    photographer.work()
    assert wishes(spool) == [(None, "hour")]


def test_the_schedule_is_kept_over_a_restart(
    photographer: Photographer, spool: Spool, timetable: Timetable, hands: Hands, clock: Clock, camera: Camera
) -> None:
    plan(timetable, 10)
    hands.advance(12)
    again = Timetable(spool.db, clock)
    inbox = Inbox(spool, again, clock)
    Photographer(camera=camera, spool=spool, timetable=again, inbox=inbox, clock=clock, pace=Pace()).work()
    assert wishes(spool) == [(None, "hour")]
