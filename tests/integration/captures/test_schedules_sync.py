"""What EventBridge Scheduler is made to have, on good days and bad ones."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from captures import reconcile, sync
from captures.recurrence import parse
from captures.service import schedules as service
from darkroom import clock, db, ids
from tests.factories.schedules import NOON, QUEUE, Schedules, sync_of
from tests.factories.schedules import mine as mine_in
from tests.fakes import queues
from tests.fakes.scheduler import Down
from tests.threads import at_once, own_connections


@pytest.fixture
def mine(rolled_back_db: None, environment: pytest.MonkeyPatch) -> Schedules:
    return mine_in(environment)


@pytest.fixture
def committed(committed_db: str, environment: pytest.MonkeyPatch) -> Schedules:
    return mine_in(environment)


def synced(mine: Schedules, expression: str = "cron(0 9 * * ? *)", **more: Any) -> dict[str, Any]:
    """Made and told; what Scheduler has of it."""
    made = mine.made(expression, **more)
    assert mine.deliver() == []
    entry = mine.entry(made["id"])
    assert entry is not None
    return made | {"entry": dict(entry)}


def version_told(schedule_id: str) -> int:
    with db.reading() as tx:
        return int(tx.value("SELECT synced_version FROM schedules WHERE id = %s", (schedule_id,)))


# --- what it is told -------------------------------------------------------------------------------------------------


def test_a_schedule_for_each_row(mine: Schedules) -> None:
    made = synced(mine, "cron(0/10 9-17 ? * mon-fri *)", timezone="Europe/Berlin")
    assert made["entry"] == {
        "GroupName": "darkroom-test",
        "Name": f"capture-{made['id']}",
        "ScheduleExpression": "cron(0/10 9-17 ? * MON-FRI *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": "arn:aws:sqs:us-east-1:000000000000:darkroom-test-dispatches",
            "RoleArn": "arn:aws:iam::000000000000:role/scheduler",
            "Input": json.dumps({"schedule_id": made["id"], "due_at": "<aws.scheduler.scheduled-time>"}),
            "RetryPolicy": {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 10},
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:darkroom-test-invocations-dead"},
        },
    }
    assert version_told(made["id"]) == 1


def test_a_rate_begins_with_its_next_time(mine: Schedules) -> None:
    """Scheduler counts a rate from its start, and takes no start that is long over."""
    plain = synced(mine, "rate(10 minutes)")
    assert plain["entry"]["StartDate"] == NOON + timedelta(minutes=10)
    long_ago = synced(mine, "rate(10 minutes)", starts_at=clock.rfc3339(NOON - timedelta(days=3, minutes=4)))
    assert long_ago["entry"]["StartDate"] == NOON + timedelta(minutes=6)
    ahead = synced(mine, "rate(10 minutes)", starts_at=clock.rfc3339(NOON + timedelta(days=3)))
    assert ahead["entry"]["StartDate"] == NOON + timedelta(days=3)


def test_start_and_end_of_others(mine: Schedules) -> None:
    start, end = NOON + timedelta(days=2), NOON + timedelta(days=9)
    both = synced(mine, starts_at=clock.rfc3339(start), ends_at=clock.rfc3339(end))
    assert both["entry"]["StartDate"] == start
    assert both["entry"]["EndDate"] == end + timedelta(seconds=1)  # the end itself is inside
    begun = synced(mine, starts_at=clock.rfc3339(NOON - timedelta(days=2)))
    assert "StartDate" not in begun["entry"]
    once = synced(mine, f"at({start:%Y-%m-%dT%H:%M:%S})", starts_at=clock.rfc3339(end))
    assert {"StartDate", "EndDate"}.isdisjoint(once["entry"])  # which ignores both


def test_switched_off_and_on(mine: Schedules) -> None:
    made = synced(mine, "rate(10 minutes)")
    for enabled, state in ((False, "DISABLED"), (True, "ENABLED")):
        mine.patch(f"/schedules/{made['id']}", {"enabled": enabled})
        assert mine.deliver() == []
        assert mine.entry(made["id"])["State"] == state  # type: ignore[index]


def test_changed_and_deleted(mine: Schedules) -> None:
    made = synced(mine)
    mine.patch(f"/schedules/{made['id']}", {"expression": "rate(2 hours)", "timezone": "Asia/Tokyo"})
    mine.deliver()
    entry = mine.entry(made["id"])
    assert entry is not None
    assert (entry["ScheduleExpression"], entry["ScheduleExpressionTimezone"]) == ("rate(2 hours)", "Asia/Tokyo")
    mine.delete(f"/schedules/{made['id']}")
    assert mine.deliver() == []
    assert mine.scheduler.schedules == {}


def test_what_is_right_is_not_written_again(mine: Schedules) -> None:
    """A rate that is written while Scheduler is about to fire would lose that time."""
    made = [synced(mine, expression)["id"] for expression in ("rate(10 minutes)", "cron(0 9 * * ? *)")]
    made.append(synced(mine, starts_at=clock.rfc3339(NOON + timedelta(hours=1)))["id"])
    mine.scheduler.calls.clear()
    for later in (timedelta(0), timedelta(minutes=35, seconds=1), timedelta(days=40)):
        clock.use(lambda later=later: NOON + later)  # type: ignore[misc]
        for schedule_id in made:
            assert queues.failures(sync.handler(queues.event(QUEUE, sync_of(schedule_id)), None)) == []
    assert mine.scheduler.written() == []


@pytest.mark.parametrize(
    "meddled",
    [
        {"State": "DISABLED"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpressionTimezone": "Asia/Tokyo"},
        {"EndDate": NOON + timedelta(days=1)},
        {"StartDate": NOON + timedelta(minutes=11)},
        {"StartDate": NOON + timedelta(minutes=30)},
        {"ActionAfterCompletion": "NONE"},
        {"Target": {"Arn": "arn:aws:sqs:us-east-1:000000000000:elsewhere", "RoleArn": "arn:aws:iam::0:role/x"}},
    ],
)
def test_what_somebody_meddled_with_is_mended_at_night(mine: Schedules, meddled: dict[str, Any]) -> None:
    made = synced(mine, "rate(10 minutes)")
    mine.scheduler.schedules[f"capture-{made['id']}"] |= meddled
    assert mine.reconcile() == {"checked": 1, "missing": 0, "stray": 0}
    assert mine.entry(made["id"]) == made["entry"]


def test_one_that_is_over_needs_nothing_there(mine: Schedules) -> None:
    soon = NOON + timedelta(minutes=5)
    made = synced(mine, f"at({soon:%Y-%m-%dT%H:%M:%S})")
    clock.use(lambda: soon + timedelta(seconds=30))  # it may be on its way
    assert mine.reconcile() == {"checked": 1, "missing": 0, "stray": 0}
    assert mine.entry(made["id"]) == made["entry"]
    clock.use(lambda: soon + timedelta(hours=1))
    mine.reconcile()
    assert mine.entry(made["id"]) is None
    mine.scheduler.calls.clear()
    assert mine.reconcile() == {"checked": 1, "missing": 0, "stray": 0}
    assert mine.scheduler.calls == ["list_schedules"]


def test_one_whose_time_zone_is_gone_is_taken_away(mine: Schedules) -> None:
    made = synced(mine)
    with db.transaction() as tx:
        tx.execute("UPDATE schedules SET timezone = 'Gone/Zone' WHERE id = %s", (made["id"],))
    mine.reconcile()
    assert mine.entry(made["id"]) is None


# --- bad days --------------------------------------------------------------------------------------------------------


def test_while_scheduler_is_down_the_message_comes_back(mine: Schedules) -> None:
    made = mine.made()
    (message,) = mine.sqs.take(QUEUE)
    mine.scheduler.is_down = True
    assert len(queues.failures(sync.handler(queues.event(QUEUE, message), None))) == 1
    assert version_told(made["id"]) == 0
    mine.scheduler.is_down = False
    assert queues.failures(sync.handler(queues.event(QUEUE, message, receives=2), None)) == []
    assert mine.entry(made["id"]) is not None
    assert version_told(made["id"]) == 1


def test_the_api_needs_no_scheduler(mine: Schedules) -> None:
    mine.scheduler.is_down = True
    made = mine.made()
    assert mine.patch(f"/schedules/{made['id']}", {"name": "Still works"}).status == 200
    assert mine.delete(f"/schedules/{made['id']}").status == 204
    assert mine.scheduler.calls == []


def test_an_answer_that_was_lost_is_asked_for_again(mine: Schedules) -> None:
    """It was created, and the answer never came: the second try finds it as it should be."""
    made = mine.made()

    def lose(operation: str) -> None:
        if operation == "create_schedule":
            raise Down

    (message,) = mine.sqs.take(QUEUE)
    mine.scheduler.after = lose
    assert len(queues.failures(sync.handler(queues.event(QUEUE, message), None))) == 1
    assert queues.failures(sync.handler(queues.event(QUEUE, message, receives=2), None)) == []
    assert mine.scheduler.written() == ["create_schedule"]
    assert version_told(made["id"]) == 1


def test_what_scheduler_refuses_goes_to_the_dead_letters_at_once(mine: Schedules) -> None:
    mine.made()
    (message,) = mine.sqs.take(QUEUE)

    def refuse(operation: str) -> None:
        if operation == "create_schedule":
            raise mine.scheduler._error("ValidationException", "It knows better.")

    mine.scheduler.before = refuse
    assert len(queues.failures(sync.handler(queues.event(QUEUE, message), None))) == 1
    assert mine.sqs.pauses[-1][1] == 0  # no pause: nothing will change


def test_somebody_creates_it_between_two_calls(mine: Schedules) -> None:
    made = mine.made()
    (message,) = mine.sqs.take(QUEUE)

    def create_first(operation: str) -> None:
        if operation == "create_schedule":
            mine.scheduler.before = lambda _operation: None
            mine.scheduler.schedules[f"capture-{made['id']}"] = {"GroupName": "darkroom-test", "Name": "x"}

    mine.scheduler.before = create_first
    assert queues.failures(sync.handler(queues.event(QUEUE, message), None)) == []
    assert mine.entry(made["id"])["ScheduleExpression"] == made["expression"]  # type: ignore[index]


def test_a_row_that_changes_while_it_is_written_is_written_again(mine: Schedules) -> None:
    """The slower of two workers writes what was true before, sees it, and writes what is."""
    made = mine.made()
    (message,) = mine.sqs.take(QUEUE)

    def edit(operation: str) -> None:
        if operation == "create_schedule":
            mine.scheduler.after = lambda _operation: None
            assert mine.patch(f"/schedules/{made['id']}", {"expression": "rate(3 hours)"}).status == 200

    mine.scheduler.after = edit
    assert queues.failures(sync.handler(queues.event(QUEUE, message), None)) == []
    assert mine.entry(made["id"])["ScheduleExpression"] == "rate(3 hours)"  # type: ignore[index]
    assert version_told(made["id"]) == 2


def test_a_row_that_goes_while_it_is_written_leaves_nothing(mine: Schedules) -> None:
    made = mine.made()
    (message,) = mine.sqs.take(QUEUE)

    def delete(operation: str) -> None:
        if operation == "create_schedule":
            mine.scheduler.after = lambda _operation: None
            assert mine.delete(f"/schedules/{made['id']}").status == 204

    mine.scheduler.after = delete
    assert queues.failures(sync.handler(queues.event(QUEUE, message), None)) == []
    assert mine.scheduler.schedules == {}


def test_one_that_never_stands_still_comes_back_later(mine: Schedules) -> None:
    made = mine.made()
    (message,) = mine.sqs.take(QUEUE)

    def rename(_operation: str) -> None:
        assert (
            mine.patch(f"/schedules/{made['id']}", {"name": f"after {len(mine.scheduler.calls)} calls"}).status == 200
        )

    mine.scheduler.after = rename
    assert len(queues.failures(sync.handler(queues.event(QUEUE, message), None))) == 1


def test_many_workers_at_once_leave_the_last_edit(committed: Schedules, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads, connections of their own, real commits: edits and workers together."""
    made = committed.made("rate(1 hour)")

    def edit(number: int) -> list[str]:
        with db.transaction() as tx:
            service.change(tx, committed.person.user_id, UUID(made["id"]), {"expression": f"rate({number} hours)"})
        return work(number)

    def work(_number: int) -> list[str]:
        return queues.failures(sync.handler(queues.event(QUEUE, sync_of(made["id"])), None))

    with own_connections(monkeypatch):
        failed = at_once([partial(edit if number % 2 else work, number) for number in range(2, 10)])
    while any(failed):  # SQS would bring them again
        failed = [work(0) for answer in failed if answer]
    now_is = committed.get(f"/schedules/{made['id']}").json()["expression"]
    assert committed.entry(made["id"])["ScheduleExpression"] == now_is  # type: ignore[index]


# --- the night -------------------------------------------------------------------------------------------------------


def test_a_night_mends_both_directions(mine: Schedules) -> None:
    kept, lost, over = synced(mine), synced(mine), mine.made(f"at({NOON + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S})")
    mine.sqs.take(QUEUE)  # never delivered
    del mine.scheduler.schedules[f"capture-{lost['id']}"]
    stray = f"capture-{ids.new_id()}"
    mine.scheduler.schedules[stray] = {"GroupName": "darkroom-test", "Name": stray}
    mine.scheduler.schedules["relay"] = {"GroupName": "darkroom-test", "Name": "relay"}  # the platform's own
    clock.use(lambda: NOON + timedelta(hours=15))
    assert mine.reconcile() == {"checked": 3, "missing": 1, "stray": 1}
    assert set(mine.scheduler.schedules) == {"relay", f"capture-{kept['id']}", f"capture-{lost['id']}"}
    assert over["id"] not in "".join(mine.scheduler.schedules)
    assert mine.reconcile() == {"checked": 3, "missing": 0, "stray": 0}


def test_a_night_with_many(mine: Schedules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_AT_ONCE", 3)
    mine.scheduler.page = 2
    made = [synced(mine)["id"] for _ in range(8)]
    for schedule_id in made[::2]:
        del mine.scheduler.schedules[f"capture-{schedule_id}"]
    assert mine.reconcile() == {"checked": 8, "missing": 4, "stray": 0}
    assert set(mine.scheduler.schedules) == {f"capture-{schedule_id}" for schedule_id in made}


def test_a_name_that_is_none_of_ours_is_told_and_left(mine: Schedules, capsys: pytest.CaptureFixture[str]) -> None:
    mine.scheduler.schedules["capture-by-hand"] = {"GroupName": "darkroom-test", "Name": "capture-by-hand"}
    assert mine.reconcile() == {"checked": 0, "missing": 0, "stray": 1}
    assert "capture-by-hand" in mine.scheduler.schedules
    assert "reconcile.not_ours" in capsys.readouterr().err


def test_a_night_without_scheduler_fails_and_says_so(mine: Schedules) -> None:
    mine.made()
    mine.sqs.take(QUEUE)
    mine.scheduler.is_down = True
    with pytest.raises(Down):
        reconcile.handler({}, None)
    assert mine.sqs.take(QUEUE) == []


def test_scheduler_fires_when_the_api_says(mine: Schedules) -> None:
    """What it was told, read as it reads it, gives the times that the person was shown."""
    for expression in ("rate(7 minutes)", "cron(5 */3 * * ? *)", "rate(2 days)"):
        start = clock.rfc3339(NOON - timedelta(days=1, seconds=17))
        made = synced(mine, expression, starts_at=start, ends_at=clock.rfc3339(NOON + timedelta(days=30)))
        shown = mine.get(f"/schedules/{made['id']}/upcoming", query={"n": 20}).json()["items"]
        entry = made["entry"]
        theirs = parse(
            entry["ScheduleExpression"],
            entry["ScheduleExpressionTimezone"],
            anchor=NOON,
            starts_at=entry.get("StartDate"),
            ends_at=entry["EndDate"] - timedelta(seconds=1),
        )
        assert [clock.rfc3339(due) for due in theirs.upcoming(NOON, 20)] == shown
        assert isinstance(entry.get("StartDate", NOON), datetime)
