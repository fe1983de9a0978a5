"""Schedules on the running stack: from the API by queue and worker to the emulator's Scheduler, and back at night."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from darkroom import ids
from infra.local import emulated_aws
from tests.e2e.people import Photographer

_PATIENCE_SECONDS = 60
GROUP = "darkroom-local"


class Desk(Photographer):
    """Somebody with a camera on their desk."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        super().__init__(stack)
        self.console = httpx.Client(base_url=stack["console"], timeout=30, trust_env=False)
        self.scheduler = emulated_aws.client("scheduler", stack["aws"])
        self.device_id = str(ids.new_id())
        with psycopg.connect(stack["database"], autocommit=True) as conn:
            conn.execute(
                "INSERT INTO devices (id, user_id, name, paired_at) VALUES (%s, %s, 'Desk', now())",
                (self.device_id, self.id),
            )

    def make(self, expression: str, **more: Any) -> dict[str, Any]:
        wish = {"device_id": self.device_id, "name": "Desk", "expression": expression}
        made: dict[str, Any] = self.ok(self.client.post("/schedules", json=wish | more))
        return made

    def listed(self, schedule_id: str) -> dict[str, Any] | None:
        """The schedule as the console shows it."""
        rows = self.ok(self.console.get("/schedules"))
        return next((row for row in rows if row["name"] == f"capture-{schedule_id}"), None)

    def fire(self, name: str) -> Any:
        return self.ok(self.console.post(f"/schedules/{name}/fire"))["result"]


@pytest.fixture
def desk(stack: Mapping[str, Any]) -> Iterator[Desk]:
    person = Desk(stack)
    yield person
    for row in person.ok(person.client.get("/schedules"))["items"]:
        person.client.delete(f"/schedules/{row['id']}")
    person.client.close()
    person.console.close()


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.1)
    return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_it_reaches_scheduler_changes_there_rests_and_goes(desk: Desk) -> None:
    made = desk.make("cron(30 9 ? * MON-FRI *)", timezone="America/New_York")
    listed = eventually(lambda: desk.listed(made["id"]))
    assert (listed["expression"], listed["timezone"]) == ("cron(30 9 ? * MON-FRI *)", "America/New_York")
    assert listed["enabled"]
    assert moment(listed["next_at"]) == moment(made["next_at"])

    path = f"/schedules/{made['id']}"
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5, seconds=17)
    rate = {"expression": "rate(45 minutes)", "starts_at": start.isoformat()}
    changed = desk.ok(desk.client.patch(path, json=rate))
    assert moment(changed["next_at"]) == start
    eventually(lambda: (desk.listed(made["id"]) or {})["expression"] == "rate(45 minutes)")
    assert moment((desk.listed(made["id"]) or {})["next_at"]) == start

    desk.ok(desk.client.patch(path, json={"enabled": False}))
    eventually(lambda: not (desk.listed(made["id"]) or {})["enabled"])
    desk.ok(desk.client.patch(path, json={"enabled": True}))
    eventually(lambda: (desk.listed(made["id"]) or {})["enabled"])

    assert desk.client.delete(path).status_code == 204
    eventually(lambda: desk.listed(made["id"]) is None)


def test_fired_by_hand_it_says_which_and_when(desk: Desk) -> None:
    made = desk.make("cron(0 0 1 1 ? 2190)")
    eventually(lambda: desk.listed(made["id"]))
    before = datetime.now(UTC).replace(microsecond=0)
    sent = desk.fire(f"capture-{made['id']}")
    assert sent["schedule_id"] == made["id"]
    assert before <= moment(sent["due_at"]) <= datetime.now(UTC)


def test_a_night_mends_what_was_done_behind_our_back(desk: Desk) -> None:
    lost, meddled = desk.make("rate(1 hour)"), desk.make("cron(0 9 * * ? *)")
    eventually(lambda: desk.listed(lost["id"]) and desk.listed(meddled["id"]))
    desk.scheduler.delete_schedule(GroupName=GROUP, Name=f"capture-{lost['id']}")
    found = desk.scheduler.get_schedule(GroupName=GROUP, Name=f"capture-{meddled['id']}")
    target = found["Target"]
    stray = str(ids.new_id())
    for write, name, expression in (
        (desk.scheduler.update_schedule, meddled["id"], "cron(0 10 * * ? *)"),
        (desk.scheduler.create_schedule, stray, "rate(1 day)"),
    ):
        write(
            GroupName=GROUP,
            Name=f"capture-{name}",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )
    counts = desk.fire("reconcile")
    assert counts["missing"] >= 1
    assert counts["stray"] >= 1
    eventually(lambda: desk.listed(stray) is None)
    eventually(lambda: (desk.listed(meddled["id"]) or {})["expression"] == "cron(0 9 * * ? *)")
    assert moment(eventually(lambda: desk.listed(lost["id"]))["next_at"]) == moment(lost["next_at"])


def test_what_cannot_be_is_refused_with_the_reason(desk: Desk) -> None:
    wish = {"device_id": desk.device_id, "name": "Desk", "expression": "cron(75 9 * * ? *)"}
    answer = desk.client.post("/schedules", json=wish)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "expression", "message": "Minutes go from 0 to 59; this says 75."}]
