"""Whatever happens to captures, in whatever order and how often: each life goes only where it may, and ends once."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from captures import completing
from captures.schemas.agent import Announcement, Completion, Report
from captures.service import arrivals, captures, devices, dispatching, polling, schedules
from darkroom import clock, db, events, ids, messages
from darkroom.db import Tx
from darkroom.errors import Problem
from realtime import service as sockets
from tests.conftest import FrozenTime
from tests.factories import cameras
from tests.factories.callers import signed_in
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues
from tests.integration.captures.bringing import announced, photo

BEGIN = datetime.now(UTC).replace(second=0, microsecond=0)  # the database's clock is not to be moved
PHOTOS = st.integers(0, 2)
MOMENTS = st.integers(0, 3)


class Lives(RuleBasedStateMachine):
    """One camera, one schedule, and everybody who may do something to captures. What is refused is a Problem; anything
    else, a move that the database does not allow among it, fails the test."""

    sqs: Queues
    bucket: Bucket
    seen: set[str]

    known = Bundle("known")
    places = Bundle("places")

    def __init__(self) -> None:
        super().__init__()
        self.time = FrozenTime(BEGIN)
        clock.use(self.time)
        self.sqs.events.clear()
        with db.transaction() as tx:
            self.person = signed_in(tx)
            self.device = cameras.camera(tx, self.person.user_id)
            self.schedule_id = cameras.schedule(tx, self.device.id, "rate(1 minute)", starts_at=BEGIN)
        self.clients = [ids.new_id() for _ in range(3)]
        self.is_connected = False

    def teardown(self) -> None:
        self.seen.update(row["status"] for row in self._rows().values())
        with db.transaction() as tx:
            tx.execute("DELETE FROM realtime_connections")
        clock.use(None)

    # --- what may happen ---------------------------------------------------------------------------------------------

    @initialize(target=known)
    def begin(self) -> Any:
        return self.request(when_online=True)

    @rule(target=known, when_online=st.booleans())
    def ask(self, *, when_online: bool) -> Any:
        return self.request(when_online=when_online)

    def request(self, *, when_online: bool) -> Any:
        found = self._try(lambda tx: captures.request(tx, self.person.user_id, self.device.id, when_online=when_online))
        return multiple() if found is None else found

    @rule(target=known, moment=MOMENTS)
    def fire(self, moment: int) -> Any:
        before = set(self._rows())
        due = {"schedule_id": str(self.schedule_id), "due_at": clock.rfc3339(self._moment(moment))}
        self._try(lambda tx: dispatching.fire(tx, messages.new(dispatching.DUE, due)))
        return multiple(*(set(self._rows()) - before))

    @rule()
    def poll(self) -> None:
        polling.poll(self.device.id, 0, None)

    @rule()
    def welcome(self) -> None:
        self._try(lambda tx: dispatching.welcome(tx, messages.new("device.connected", {"device_id": self.device.id})))

    @rule()
    def connect_or_not(self) -> None:
        if self.is_connected:
            self._try(lambda tx: tx.execute("DELETE FROM realtime_connections"))
        else:
            self._try(lambda tx: sockets.connect(tx, "socket", "device", self.device.id, None))
        self.is_connected = not self.is_connected

    @rule(target=places, capture_id=known, number=PHOTOS)
    def place(self, capture_id: UUID, number: int) -> Any:
        body = Announcement(**announced(photo(number)))
        found = self._try(lambda tx: arrivals.place(tx, self.device.id, capture_id, body))
        return multiple() if found is None else (found.capture_id, found.storage_key, number)

    @rule(
        target=places,
        client=st.integers(0, 2),
        number=PHOTOS,
        moment=st.none() | MOMENTS,
        taken=st.sampled_from([-90_000, -60, 0, 90_000]),
    )
    def report(self, client: int, number: int, moment: int | None, taken: int) -> Any:
        schedule: dict[str, Any] = (
            {} if moment is None else {"schedule_id": self.schedule_id, "due_at": self._moment(moment)}
        )
        body = Report(
            client_id=self.clients[client],
            taken_at=self.time.moment + timedelta(seconds=taken),
            **announced(photo(number)),
            **schedule,
        )
        found = self._try(lambda tx: arrivals.report(tx, self.device.id, body))
        return multiple() if found is None else (found.capture_id, found.storage_key, number)

    @rule(where=places, is_right=st.booleans())
    def put(self, where: tuple[UUID, str, int], *, is_right: bool) -> None:
        """Storage takes a key once."""
        self.bucket.objects.setdefault(where[1], photo(where[2]) if is_right else b"torn")

    @rule(target=places, where=consumes(places))
    def bring(self, where: tuple[UUID, str, int]) -> Any:
        self.put(where, is_right=True)
        self.complete(where)
        return where

    @rule(where=places)
    def complete(self, where: tuple[UUID, str, int]) -> None:
        capture_id, key, number = where
        body = Completion(
            storage_key=key,
            sha256=hashlib.sha256(photo(number)).hexdigest(),
            taken_at=self.time.moment,
            width=1,
            height=1,
        )
        self._try(lambda tx: completing.complete(tx, self.device.id, capture_id, body))

    @rule(capture_id=known)
    def fail(self, capture_id: UUID) -> None:
        self._try(lambda tx: arrivals.fail(tx, self.device.id, capture_id, "no light"))

    @rule(seconds=st.sampled_from([1, 30, 299, 301, 86_401]))
    def wait(self, seconds: int) -> None:
        self.time.advance(seconds)

    @rule()
    def sweep(self) -> None:
        self._try(lambda tx: captures.expire(tx, 100))

    @rule(paused=st.booleans())
    def pause(self, *, paused: bool) -> None:
        self._try(lambda tx: devices.change(tx, self.person.user_id, self.device.id, {"paused": paused}))

    def _moment(self, number: int) -> datetime:
        """One of the schedule's moments about now, so that time makes new ones."""
        minutes = (self.time.moment - BEGIN) // timedelta(minutes=1)
        return BEGIN + timedelta(minutes=minutes - number)

    def _try(self, work: Callable[[Tx], Any]) -> Any:
        self.time.advance(0.001)  # no two things happen in the same instant
        try:
            with db.transaction() as tx:
                return work(tx)
        except Problem:
            return None

    # --- what always holds -------------------------------------------------------------------------------------------

    def _rows(self) -> dict[UUID, dict[str, Any]]:
        with db.reading() as tx:
            return {row["id"]: row for row in tx.all("SELECT * FROM captures WHERE device_id = %s", (self.device.id,))}

    @invariant()
    def a_moment_has_one_capture(self) -> None:
        moments = [row["due_at"] for row in self._rows().values() if row["due_at"] is not None]
        assert len(moments) == len(set(moments))

    @invariant()
    def what_is_complete_is_whole_and_nothing_else_is(self) -> None:
        rows = self._rows().values()
        with db.reading() as tx:
            images = {
                row["id"]: row for row in tx.all("SELECT * FROM images WHERE user_id = %s", (self.person.user_id,))
            }
        complete = [row for row in rows if row["status"] == "completed"]
        assert {row["image_id"] for row in complete} == set(images)
        assert all(row["image_id"] is None for row in rows if row["status"] != "completed")
        for row in complete:
            image = images[row["image_id"]]
            stored = self.bucket.objects[row["storage_key"]]
            assert image["storage_key"] == row["storage_key"]
            assert image["sha256"] == row["sha256"] == hashlib.sha256(stored).digest()
            assert row["taken_at"] == image["taken_at"] <= self.time.moment + timedelta(minutes=5)
            assert row["completed_at"] is not None

    @invariant()
    def each_photo_is_told_of_once(self) -> None:
        told = [
            messages.from_json(event["Detail"]).data["capture_id"]
            for event in self.sqs.events
            if event["DetailType"] == events.PHOTO_CAPTURED
        ]
        complete = {str(row["id"]) for row in self._rows().values() if row["status"] == "completed"}
        assert len(told) == len(complete)
        assert set(told) == complete

    @invariant()
    def owners_know_the_last_state_of_each(self) -> None:
        with db.reading() as tx:
            pushed = tx.all(
                "SELECT data FROM realtime_messages WHERE topic = %s AND type LIKE 'capture.%%' ORDER BY sequence",
                (f"user:{self.person.user_id}",),
            )
        last = {row["data"]["id"]: row["data"]["status"] for row in pushed}
        assert last == {str(row["id"]): row["status"] for row in self._rows().values()}

    @invariant()
    def nothing_that_is_needed_is_erased(self) -> None:
        keys = {row["storage_key"] for row in self._rows().values()} - {None}
        with db.reading() as tx:
            doomed = {row["storage_key"] for row in tx.all("SELECT storage_key FROM storage_erasures")}
        assert not keys & doomed

    @invariant()
    def nothing_waits_for_a_paused_device(self) -> None:
        with db.reading() as tx:
            device = tx.one("SELECT paused_at FROM devices WHERE id = %s", (self.device.id,))
        assert device is not None
        if device["paused_at"] is not None:
            waiting = [row for row in self._rows().values() if row["status"] in {"requested", "dispatched"}]
            assert all(row["when_online"] and row["status"] == "requested" for row in waiting)


def test_whatever_happens_a_capture_goes_only_where_it_may(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "day_ahead", lambda *_: [])
    Lives.sqs, Lives.bucket, Lives.seen = Queues().install(monkeypatch), Bucket().install(monkeypatch), set()
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate],  # making a failure small takes longer than a test may
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
    assert Lives.seen == {"requested", "dispatched", "uploading", "completed", "failed", "expired"}
