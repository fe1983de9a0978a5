"""Whatever happens between edits, workers and crashes: in the end Scheduler has what the rows say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captures import sync
from darkroom import ids
from darkroom.messages import Message
from tests.factories.schedules import QUEUE, Schedules, sync_of
from tests.factories.schedules import mine as mine_in
from tests.fakes import queues
from tests.fakes.scheduler import Down

_MOST = 2  # schedules; the more things happen to each, the better
_EXPRESSIONS = ["rate(1 hour)", "rate(2 hours)", "cron(0 9 * * ? *)", "cron(30 6 ? * MON *)", "at(2190-01-01T00:00:00)"]

which = st.integers(0, _MOST - 1)
make = st.tuples(st.just("make"), st.sampled_from(_EXPRESSIONS))
change = st.tuples(st.just("change"), st.sampled_from(_EXPRESSIONS))
edits = st.one_of(change, st.tuples(st.just("switch"), st.booleans()), st.just(("delete",)))
# What happens in the middle of a worker's calls, to the schedule that it works at: somebody edits it, another worker
# does all of its work, or this one dies, before the call was made or before its answer came.
meddling = st.one_of(
    edits, st.just(("work",)), st.just(("work",)), st.sampled_from([("dies",), ("is not answered",), ("goes on",)])
)
works = st.lists(meddling, max_size=6).map(lambda meddled: ("work meddled with", meddled))
steps = st.one_of(st.tuples(st.just(-1), make), st.tuples(which, edits), st.tuples(which, works))


class Story:
    """Edits and workers; messages that failed or were never taken are kept, as SQS keeps them."""

    def __init__(self, mine: Schedules) -> None:
        self.mine = mine
        self.ids: list[str] = []
        self.unsettled: list[Message] = []

    def do(self, number: int, step: tuple[Any, ...]) -> None:
        if step[0] == "make":
            if len(self.ids) < _MOST:
                self.ids.append(self.mine.made(step[1])["id"])
            return
        if number >= len(self.ids):
            return
        path = f"/schedules/{self.ids[number]}"
        match step:
            case ("change", expression):
                assert self.mine.patch(path, {"expression": expression}).status in {200, 404}
            case ("switch", enabled):
                assert self.mine.patch(path, {"enabled": enabled}).status in {200, 404}
            case ("delete",):
                assert self.mine.delete(path).status in {204, 404}
            case ("work",):
                self._work(self._message(number))
            case ("work meddled with", meddled):
                message = self._message(number)
                with self._meddled(number, list(meddled)):
                    self._work(message)

    def _message(self, number: int) -> Message:
        """The one that waits, and with it all that say the same: none is left to mend what this one does wrong. When
        none waits, one that comes for the second time."""
        waiting = self.mine.sqs.take(QUEUE)
        others = [message for message in waiting if message.data["schedule_id"] != self.ids[number]]
        self.mine.sqs.sent[QUEUE] = others
        return next((message for message in waiting if message not in others), sync_of(self.ids[number]))

    def _work(self, message: Message) -> None:
        if queues.failures(sync.handler(queues.event(QUEUE, message), None)):
            self.unsettled.append(message)

    @contextmanager
    def _meddled(self, number: int, meddled: list[tuple[Any, ...]]) -> Iterator[None]:
        scheduler = self.mine.scheduler

        def happen(death: str) -> Callable[[str], None]:
            def at_call(_operation: str) -> None:
                if not meddled:
                    return
                if meddled[0] == (death,):
                    meddled.pop(0)
                    raise Down
                if meddled[0] not in {("dies",), ("is not answered",)}:
                    self.do(number, meddled.pop(0))

            return at_call

        scheduler.before, scheduler.after = happen("dies"), happen("is not answered")
        yield
        scheduler.before = scheduler.after = lambda _operation: None

    def settle(self) -> None:
        """SQS brings what failed and what nobody has taken yet, until nothing is left."""
        waiting = self.unsettled + self.mine.sqs.take(QUEUE)
        self.unsettled = []
        for message in waiting:
            self._work(message)
        assert self.unsettled == []


def expected(mine: Schedules) -> dict[str, tuple[str, str]]:
    rows = mine.get("/schedules").json()["items"]
    return {f"capture-{row['id']}": (row["expression"], "ENABLED" if row["enabled"] else "DISABLED") for row in rows}


def found(mine: Schedules) -> dict[str, tuple[str, str]]:
    there = mine.scheduler.schedules
    return {name: (entry.get("ScheduleExpression", ""), entry.get("State", "")) for name, entry in there.items()}


@pytest.fixture
def mine(rolled_back_db: None, environment: pytest.MonkeyPatch) -> Schedules:
    return mine_in(environment)


def started_anew(mine: Schedules) -> Story:
    """Examples share a transaction; each begins with nothing."""
    for row in mine.get("/schedules").json()["items"]:
        mine.delete(f"/schedules/{row['id']}")
    mine.sqs.take(QUEUE)
    mine.scheduler.schedules.clear()
    return Story(mine)


_quiet = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@_quiet
@given(st.lists(steps, min_size=2, max_size=12))
def test_when_every_message_was_done_scheduler_has_what_the_rows_say(
    mine: Schedules, happened: list[tuple[int, tuple[Any, ...]]]
) -> None:
    story = started_anew(mine)
    for number, step in happened:
        story.do(number, step)
    story.settle()
    assert found(mine) == expected(mine)


@_quiet
@given(
    st.lists(steps, min_size=2, max_size=12),
    st.lists(st.tuples(st.sampled_from(["lose", "stray", "meddle"]), which), max_size=4),
)
def test_when_every_message_was_lost_a_night_mends_it(
    mine: Schedules, happened: list[tuple[int, tuple[Any, ...]]], behind_our_back: list[tuple[str, int]]
) -> None:
    story = started_anew(mine)
    for number, step in happened:
        story.do(number, step)
    mine.sqs.take(QUEUE)
    for deed, number in behind_our_back:
        names = sorted(mine.scheduler.schedules)
        if deed == "stray":
            name = f"capture-{ids.new_id()}"
            mine.scheduler.schedules[name] = {"GroupName": "darkroom-test", "Name": name}
        elif number < len(names) and deed == "lose":
            del mine.scheduler.schedules[names[number]]
        elif number < len(names):
            mine.scheduler.schedules[names[number]]["State"] = "DISABLED"
    mine.reconcile()
    assert found(mine) == expected(mine)
