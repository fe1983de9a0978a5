"""Operations on the running stack: what waits and rings is told, and an alarm's action is carried out."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import psycopg
import pytest

from infra.local import emulated_aws
from tests.e2e.people import Photographer

_PATIENCE_SECONDS = 60
_RESTORE = "darkroom-local-restorations-depth"


@pytest.fixture
def person(stack: Mapping[str, Any]) -> Iterator[Photographer]:
    found = Photographer(stack)
    yield found
    found.client.close()


@pytest.fixture
def admin(stack: Mapping[str, Any], person: Photographer) -> httpx.Client:
    with psycopg.connect(stack["database"], autocommit=True) as connection:
        connection.execute("UPDATE users SET role = 'admin' WHERE id = %s", (person.id,))
    return person.client


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.fixture
def dead_letter(stack: Mapping[str, Any]) -> Iterator[None]:
    """A message that failed for good, in a queue that no other test breaks."""
    sqs = emulated_aws.client("sqs", stack["aws"])
    url = f"{stack['aws']}/000000000000/darkroom-local-timelapses-dead"
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    yield
    sqs.purge_queue(QueueUrl=url)


def test_what_failed_for_good_is_counted_makes_an_alarm_ring_and_health_degraded(
    stack: Mapping[str, Any], admin: httpx.Client, dead_letter: None
) -> None:
    def rings() -> bool:
        metrics = admin.get("/ops/metrics").json()
        states = {alarm["name"]: alarm for alarm in metrics["alarms"]}
        (queue,) = [queue for queue in metrics["queues"] if queue["name"] == "timelapses"]
        assert queue["dead"] == 1
        alarm = states["darkroom-local-timelapses-dead-letters"]
        assert (alarm["action"], alarm["runbook"]) == ("investigate", "docs/runbooks.md#dead-letters")
        others = [states[f"darkroom-local-{queue}-dead-letters"]["state"] for queue in ("exports", "schedules")]
        assert "ALARM" not in others  # an alarm looks at its own queue
        return bool(alarm["state"] == "ALARM")

    eventually(rings)
    health = admin.get("/ops/health").json()
    assert health["status"] == "degraded"
    assert "timelapses (1)" in health["checks"]["dead_letters"]["detail"]


def test_an_alarm_on_depth_gives_a_queue_more_workers_until_it_is_over(stack: Mapping[str, Any]) -> None:
    functions, cloudwatch = (emulated_aws.client(name, stack["aws"]) for name in ("lambda", "cloudwatch"))

    def workers() -> int:
        sources = functions.list_event_source_mappings()["EventSourceMappings"]
        (source,) = [source for source in sources if source["EventSourceArn"].endswith("-local-restorations")]
        most: int = source["ScalingConfig"]["MaximumConcurrency"]
        return most

    def has_more() -> bool:
        # Where the queue was in use, its own numbers soon silence the alarm again.
        cloudwatch.set_alarm_state(AlarmName=_RESTORE, StateValue="ALARM", StateReason="test")
        time.sleep(1)
        return workers() > usual

    usual = workers()
    try:
        eventually(has_more)
    finally:
        cloudwatch.set_alarm_state(AlarmName=_RESTORE, StateValue="OK", StateReason="test")
    eventually(lambda: workers() == usual)


def test_a_strangers_look_is_refused(stack: Mapping[str, Any], person: Photographer) -> None:
    for path in ("/ops/health", "/ops/metrics", "/ops/history"):
        assert httpx.get(stack["api"] + path, trust_env=False).status_code == 401
        assert person.client.get(path).status_code == 403
