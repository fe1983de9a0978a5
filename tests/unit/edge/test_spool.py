"""Photos on their way: whole or not at all, once, and within bounds."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.database import Database
from darkroom_agent.errors import AgentError, Paused, SpoolFull, WrongUsage
from darkroom_agent.images import NotAPhoto
from darkroom_agent.spool import Bounds, Spool, Wish
from darkroom_agent.timetable import Timetable
from tests.fakes.mjpeg_camera import frame
from tests.unit.edge.conftest import START, Hands

DUE = to_wire(START)


def padded(number: int, size: int) -> bytes:
    """A photo of this many bytes."""
    content = frame(number)
    return content + b"\0" * (size - len(content))


def test_a_photo_is_there_with_its_bytes(spool: Spool) -> None:
    photo = spool.add(frame(1), START, Wish("capture-1"))
    assert photo is not None
    assert (photo.content_type, photo.width, photo.height) == ("image/jpeg", 16, 12)
    assert spool.content(photo.id) == frame(1)
    assert photo.sha256 == hashlib.sha256(frame(1)).hexdigest()
    assert spool.waiting() == [photo]


def test_only_its_owner_may_read_it(spool: Spool, tmp_path: Path) -> None:
    spool.add(frame(1), START, Wish())
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("spool*")} == {0}


def test_what_was_photographed_gets_no_second_photo(spool: Spool) -> None:
    assert spool.add(frame(1), START, Wish("capture-1", "hour", DUE)) is not None
    assert spool.add(frame(2), START, Wish("capture-1")) is None
    assert spool.add(frame(3), START, Wish(None, "hour", DUE.replace(".000Z", "Z"))) is None
    assert spool.add(frame(4), START, Wish("capture-2", "hour", DUE)) is None
    assert spool.add(frame(5), START, Wish()) is not None
    assert spool.add(frame(6), START, Wish()) is not None
    assert len(spool.waiting()) == 3


def test_what_was_passed_over_may_still_be_asked_for(spool: Spool) -> None:
    key = Wish(None, "hour", DUE).due_key
    assert key is not None
    spool.pass_over(key)
    assert spool.is_handled(key)
    assert spool.add(frame(1), START, Wish("capture-1", "hour", DUE)) is not None
    spool.pass_over(key)
    assert spool.has_photo([key])


def test_it_remembers_for_a_week(spool: Spool, hands: Hands) -> None:
    spool.add(frame(1), START, Wish("capture-1"))
    hands.advance(6 * 86_400)
    spool.pass_over("another")
    assert spool.is_handled("capture capture-1")
    hands.advance(2 * 86_400)
    spool.pass_over("another")
    assert not spool.is_handled("capture capture-1")


def test_no_photo_while_paused_even_when_the_switch_came_while_the_camera_worked(
    spool: Spool, timetable: Timetable
) -> None:
    timetable.pause(True, 1)
    with pytest.raises(Paused):
        spool.add(frame(1), START, Wish("capture-1"))
    assert not spool.is_handled("capture capture-1")
    assert spool.waiting() == []


@pytest.mark.parametrize("content", [b"", b"GIF89a", frame(1)[:-30], b"\xff\xd8\xff\xe0"])
def test_what_is_no_whole_photo_is_not_kept(spool: Spool, content: bytes) -> None:
    with pytest.raises(NotAPhoto):
        spool.add(content, START, Wish("capture-1"))
    assert spool.waiting() == []


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_a_full_spool_keeps_the_old_and_takes_no_new(spool: Spool) -> None:
    spool.bounds = Bounds(100_000, 0)
    for number in range(3):
        spool.add(padded(number, 30_000), START, Wish(f"capture-{number}"))
    with pytest.raises(SpoolFull, match="Older photos are kept"):
        spool.check_room()
    with pytest.raises(SpoolFull):
        spool.add(padded(3, 30_000), START, Wish("capture-3"))
    assert len(spool.waiting()) == 3
    assert not spool.is_handled("capture capture-3")
    spool.remove(spool.waiting()[0].id)
    spool.check_room()
    assert spool.add(padded(3, 30_000), START, Wish("capture-3")) is not None


def test_photos_that_are_never_taken_make_way(spool: Spool) -> None:
    spool.bounds = Bounds(100_000, 0)
    for number in range(3):
        photo = spool.add(padded(number, 30_000), START, Wish())
        assert photo is not None
        if number < 2:
            spool.refused(photo.id, "too dark")
    assert spool.add(padded(3, 30_000), START, Wish()) is not None
    assert len(spool.waiting()) == 2
    assert len(spool.refusals()) == 1


def test_the_disk_keeps_some_room_for_others(spool: Spool) -> None:
    spool.bounds = Bounds(10_000_000, 1_000_000)
    spool.free = lambda _: 900_000
    with pytest.raises(SpoolFull, match="nearly full"):
        spool.check_room()
    spool.free = lambda _: 1_100_000
    spool.check_room()
    with pytest.raises(SpoolFull):
        spool.add(padded(1, 200_000), START, Wish())


def fill_disk(spool: Spool) -> None:
    """SQLite meets the end of the disk where it stands now."""
    (pages,) = spool.db.one("PRAGMA page_count")
    spool.db.one(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_takes_nothing_and_loses_nothing(spool: Spool) -> None:
    kept = spool.add(frame(1), START, Wish("capture-1"))
    assert kept is not None
    fill_disk(spool)
    with pytest.raises(SpoolFull, match="disk is full"):
        spool.add(padded(2, 500_000), START, Wish("capture-2"))
    assert spool.waiting() == [kept]
    assert not spool.is_handled("capture capture-2")
    spool.db.one("PRAGMA max_page_count = 1000000")
    assert spool.add(padded(2, 500_000), START, Wish("capture-2")) is not None


def test_on_a_full_disk_a_command_fails_all_the_same(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(spool)
    long_reason = "no room " * 2_000
    spool.fail("capture-1", long_reason)
    assert spool.is_failing("capture-1")
    assert spool.failures() == [("capture-1", long_reason)]
    spool.told("capture-1")
    assert spool.failures() == []


def test_on_a_full_disk_the_pause_holds_all_the_same(
    spool: Spool, timetable: Timetable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise SpoolFull("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(spool.db, "write", full)
        assert timetable.pause(True, 4)
    assert spool.is_paused()
    assert not timetable.pause(False, 3)
    assert timetable.pause(True, 4)
    assert spool.db.one("SELECT value FROM facts WHERE name = 'paused'") == ("1",)
    assert timetable.pause(False, 5)
    assert not spool.is_paused()


def test_sent_photos_give_their_room_back(spool: Spool, tmp_path: Path) -> None:
    photo = spool.add(padded(1, 2_000_000), START, Wish())
    assert photo is not None
    spool.db.one("PRAGMA wal_checkpoint(TRUNCATE)")
    full = (tmp_path / "spool.sqlite").stat().st_size
    spool.remove(photo.id)
    spool.db.one("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (tmp_path / "spool.sqlite").stat().st_size < full / 4


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="cannot be written"):
        Database(tmp_path / "nowhere" / "spool.sqlite")


def test_a_memory_of_a_later_agent_is_left_alone(tmp_path: Path) -> None:
    db = Database(tmp_path / "spool.sqlite")
    db.one("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(AgentError, match="update"):
        Database(tmp_path / "spool.sqlite")


def test_a_damaged_memory_says_so(tmp_path: Path) -> None:
    (tmp_path / "spool.sqlite").write_bytes(b"not a database" * 400)
    with pytest.raises(AgentError, match="is damaged"):
        Database(tmp_path / "spool.sqlite").close()


def test_bounds_are_settings(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("DARKROOM_AGENT_SPOOL_MB", raising=False)
    environment.setenv("DARKROOM_AGENT_DISK_FREE_MB", "0.5")
    assert Bounds.from_environment() == (2048 << 20, 1 << 19)
    environment.setenv("DARKROOM_AGENT_SPOOL_MB", "plenty")
    with pytest.raises(WrongUsage, match="plenty"):
        Bounds.from_environment()


def test_another_devices_photos_stay_and_are_not_sent(spool: Spool, clock: Clock, tmp_path: Path) -> None:
    spool.add(frame(1), START, Wish())
    other = Spool(spool.db, "another", clock, tmp_path)
    assert other.waiting() == []
    assert other.counts().elsewhere == 1
    assert spool.counts().waiting == 1


# --- killed -----------------------------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from darkroom_agent.clock import Clock
from darkroom_agent.database import Database
from darkroom_agent.spool import Bounds, Spool, Wish
from tests.fakes.mjpeg_camera import frame
spool = Spool(Database(Path(sys.argv[1])), "device", Clock(), Path(sys.argv[1]).parent, Bounds(1 << 30, 0))
number = 0
while True:
    spool.add(frame(number) + bytes([number % 256]) * 200_000, 1.0, Wish(f"c{number}"))
    print(number, flush=True)
    number += 1
"""


def test_a_kill_in_the_middle_of_writing_leaves_whole_photos_only(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "spool.sqlite"
    said = -1
    for kept in (3, 8):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                said = max(said, int(line))
                if said >= kept:
                    os.kill(writer.pid, signal.SIGKILL)
                    break
    db = Database(path)
    spool = Spool(db, "device", clock, tmp_path)
    photos = spool.waiting()
    assert len(photos) > said  # what was said to be kept is
    assert len({photo.capture_id for photo in photos}) == len(photos)
    for photo in photos:
        assert hashlib.sha256(spool.content(photo.id)).hexdigest() == photo.sha256
        assert spool.has_photo([f"capture {photo.capture_id}"])
    assert db.one("PRAGMA integrity_check")[0] == "ok"
    db.close()


# --- whatever happens, in whatever order ------------------------------------------------------------------------------

numbers = st.integers(0, 5)


class Spooling(RuleBasedStateMachine):
    """Beside a model: what waits, in order, and what was photographed."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.waits: list[tuple[str | None, bytes]] = []
        self.photographed: set[str] = set()
        self.hands = Hands()
        self.open()

    def open(self) -> None:
        clock = Clock(self.hands.ticks, self.hands.wall)
        db = Database(Path(self.folder.name) / "spool.sqlite")
        self.spool = Spool(db, "device", clock, Path(self.folder.name), Bounds(200_000, 0))

    def teardown(self) -> None:
        self.spool.db.close()
        self.folder.cleanup()

    @rule(capture=numbers, due=st.none() | numbers, size=st.integers(1_000, 60_000))
    def add(self, capture: int, due: int | None, size: int) -> None:
        wish = Wish(f"c{capture}") if due is None else Wish(f"c{capture}", "hour", to_wire(START + due))
        content = padded(capture, size)
        known = not self.photographed.isdisjoint(wish.keys)
        fits = sum(len(each) for _, each in self.waits) + size <= 200_000
        try:
            photo = self.spool.add(content, START, wish)
        except SpoolFull:
            assert not fits
            return
        assert (photo is None) == known
        if photo is not None:
            assert fits
            self.waits.append((wish.capture_id, content))
            self.photographed |= set(wish.keys)

    @rule(position=numbers)
    def confirm(self, position: int) -> None:
        if position < len(self.waits):
            self.spool.remove(self.spool.waiting()[position].id)
            del self.waits[position]

    @rule()
    def restart(self) -> None:
        self.spool.db.close()
        self.open()

    @invariant()
    def holds(self) -> None:
        photos = self.spool.waiting()
        assert [(photo.capture_id, self.spool.content(photo.id)) for photo in photos] == self.waits
        assert self.spool.counts().waiting_bytes == sum(len(content) for _, content in self.waits)


TestSpooling = Spooling.TestCase
TestSpooling.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
