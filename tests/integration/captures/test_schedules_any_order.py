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

_MOST = 3  # schedules; the more things happen to each, the better
_EXPRESSIONS = ["rate(1 hour)", "rate(2 hours)", "cron(0 9 * * ? *)", "cron(30 6 ? * MON *)", "at(2190-01-01T00:00:00)"]

which = st.integers(0, _MOST - 1)
edits = st.one_of(
    st.tuples(st.just("make"), st.sampled_from(_EXPRESSIONS)),
    st.tuples(st.just("change"), which, st.sampled_from(_EXPRESSIONS)),
    st.tuples(st.just("switch"), which, st.booleans()),
    st.tuples(st.just("delete"), which),
)
# What happens in the middle of a worker's calls: somebody edits, another worker does all of its work, or this one dies
# before the call was made or before its answer came.
meddling = st.one_of(
    edits, st.tuples(st.just("work"), which), st.just(("dies",)), st.just(("is not answered",)), st.just(("goes on",))
)
steps = st.one_of(edits, st.tuples(st.just("work meddled with"), which, st.lists(meddling, max_size=6)))


class Story:
    """Edits and workers; messages that failed or were never taken are kept, as SQS keeps them."""

    def __init__(self, mine: Schedules) -> None:
        self.mine = mine
        self.ids: list[str] = []
        self.unsettled: list[Message] = []

    def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("make", expression) if len(self.ids) < _MOST:
                self.ids.append(self.mine.made(expression)["id"])
            case ("change", number, expression):
                self._patch(number, {"expression": expression})
            case ("switch", number, enabled):
                self._patch(number, {"enabled": enabled})
            case ("delete", number) if number < len(self.ids):
                assert self.mine.delete(f"/schedules/{self.ids[number]}").status in {204, 404}
            case ("work", number) if number < len(self.ids):
                self._work(sync_of(self.ids[number]))
            case ("work meddled with", number, meddled) if number < len(self.ids):
                with self._meddled(list(meddled)):
                    self._work(sync_of(self.ids[number]))

    def _patch(self, number: int, changes: dict[str, Any]) -> None:
        if number < len(self.ids):
            assert self.mine.patch(f"/schedules/{self.ids[number]}", changes).status in {200, 404}

    def _work(self, message: Message) -> None:
        if queues.failures(sync.handler(queues.event(QUEUE, message), None)):
            self.unsettled.append(message)

    @contextmanager
    def _meddled(self, meddled: list[tuple[Any, ...]]) -> Iterator[None]:
        scheduler = self.mine.scheduler

        def happen(death: str) -> Callable[[str], None]:
            def at_call(_operation: str) -> None:
                if not meddled:
                    return
                if meddled[0] == (death,):
                    meddled.pop(0)
                    raise Down
                if meddled[0] not in {("dies",), ("is not answered",)}:
                    self.do(meddled.pop(0))

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
    mine: Schedules, happened: list[tuple[Any, ...]]
) -> None:
    story = started_anew(mine)
    for step in happened:
        story.do(step)
    story.settle()
    assert found(mine) == expected(mine)


@_quiet
@given(
    st.lists(steps, min_size=2, max_size=12),
    st.lists(st.tuples(st.sampled_from(["lose", "stray", "meddle"]), which), max_size=4),
)
def test_when_every_message_was_lost_a_night_mends_it(
    mine: Schedules, happened: list[tuple[Any, ...]], behind_our_back: list[tuple[str, int]]
) -> None:
    story = started_anew(mine)
    for step in happened:
        story.do(step)
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
