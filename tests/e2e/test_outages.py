"""The real agent beside a stack of its own that goes away."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.cameras import Desk
from tests.e2e.stacks import RunningStack


@pytest.mark.timeout(400)
def test_an_outage_and_a_killed_agent_lose_nothing_and_double_nothing(tmp_path: Path, folder: Path) -> None:
    """The stack stops; a schedule's moment comes; the agent takes the photo itself and is killed; both come back."""
    own = RunningStack(tmp_path / "home").start()
    desk = Desk(own.stack, tmp_path / "agent", str(folder))
    try:
        desk.start()
        desk.until_online()
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20)
        wish = {"device_id": desk.device_id, "name": "Once", "expression": f"at({due:%Y-%m-%dT%H:%M:%S})"}
        schedule = desk.ok(desk.client.post("/schedules", json=wish))
        desk.eventually(lambda: "Once" in desk.command("status").stdout)
        own.stop()
        while datetime.now(UTC) < due:
            time.sleep(0.2)
        desk.eventually(lambda: "1 photo" in desk.command("status").stdout)
        desk.kill()
        own.start()
        desk.start()
        arrived = desk.eventually(lambda: desk.captures(status="completed"))
        time.sleep(2)  # for whatever would come twice
        assert [capture["id"] for capture in desk.captures()] == [arrived[0]["id"]]
        assert (arrived[0]["schedule_id"], datetime.fromisoformat(arrived[0]["due_at"])) == (schedule["id"], due)
    finally:
        desk.close()
        own.stop()
