"""Offline the agent keeps to its schedules; found again, the cloud and the agent make one capture of each due time."""

import time
from collections.abc import Callable

from darkroom_agent.clock import Clock, from_wire, ticks, to_wire
from darkroom_agent.home import Home, Pairing
from darkroom_agent.timetable import Timetable
from tests.fakes.agent_api import AgentApi, Capture
from tests.integration.edge.conftest import Running, is_empty, spool_of

Start = Callable[..., Running]


class Skipping:
    """Time that can be made to skip ahead, for the agent and the cloud alike."""

    def __init__(self, api: AgentApi) -> None:
        self.ahead = 0.0
        api.now = lambda: time.time() + self.ahead

    def __call__(self) -> float:
        return ticks() + self.ahead


def planned(api: AgentApi, clock: Clock, *ages: float) -> list[str]:
    times = [to_wire(clock.now() + age) for age in ages]
    api.plan({"id": "hour", "name": "Each hour", "next": times})
    return times


def test_offline_photos_are_taken_when_due_and_reported_later(
    running: Start, api: AgentApi, home: Home, pairing: Pairing
) -> None:
    skipping = Skipping(api)
    clock = Clock(skipping)
    agent = running(clock)
    api.until(lambda: api.socket.is_connected and agent.agent.timetable.revision == 1)
    first, second = planned(api, clock, 600, 1_200)
    api.until(lambda: agent.agent.timetable.revision == 2)
    api.go_down()
    api.until(lambda: not agent.agent.inbox.contact.is_connected)
    for due in (first, second):
        skipping.ahead += 600
        api.until(lambda due=due: any(photo.due_at == due for photo in agent.agent.spool.waiting()))  # type: ignore[misc]
    # The cloud has made a capture of the first, whose command nobody heard and which has expired.
    expired = Capture("cloud", status="expired", schedule_id="hour", due_at=first)
    api.captures[expired.id] = expired
    api.come_back()
    api.until(lambda: len(api.with_status("completed")) == 2)
    assert {(each.id == "cloud", each.due_at) for each in api.captures.values()} == {(True, first), (False, second)}
    taken = {each.due_at: from_wire(each.taken_at or "") for each in api.captures.values()}
    assert all(taken[due] >= from_wire(due) for due in (first, second))
    api.until(lambda: is_empty(home, pairing))


def test_connected_the_clouds_command_makes_the_only_photo(
    running: Start, api: AgentApi, home: Home, pairing: Pairing
) -> None:
    skipping = Skipping(api)
    clock = Clock(skipping)
    agent = running(clock)
    api.until(lambda: api.socket.is_connected and agent.agent.timetable.revision == 1)
    (due,) = planned(api, clock, 600)
    api.until(lambda: agent.agent.timetable.revision == 2)
    skipping.ahead += 601
    capture = api.ask(schedule_id="hour", due_at=due)
    api.until(lambda: capture.status == "completed")
    skipping.ahead += 100
    api.go_down()
    api.until(lambda: not agent.agent.inbox.contact.is_connected)
    api.come_back()
    api.until(lambda: agent.agent.inbox.contact.is_connected)
    agent.stop()
    assert len(api.captures) == 1
    assert is_empty(home, pairing)


def test_it_starts_without_a_network_and_keeps_to_what_it_knew(
    running: Start, api: AgentApi, home: Home, pairing: Pairing
) -> None:
    clock = Clock()
    with spool_of(home, pairing) as spool:
        times = [to_wire(clock.now() - 10), to_wire(clock.now() - 4_000)]
        Timetable(spool.db, clock).replace(1, [{"id": "hour", "name": "Each hour", "next": times}])
    api.go_down()
    agent = running(clock)
    api.until(lambda: agent.agent.spool.counts().waiting == 1)
    api.come_back()
    api.until(lambda: len(api.with_status("completed")) == 1)
    (capture,) = api.captures.values()
    assert (capture.schedule_id, capture.due_at) == ("hour", times[0])


def test_a_cloud_that_fires_nothing_is_made_up_for(running: Start, api: AgentApi) -> None:
    skipping = Skipping(api)
    clock = Clock(skipping)
    agent = running(clock)
    api.until(lambda: api.socket.is_connected and agent.agent.timetable.revision == 1)
    (due,) = planned(api, clock, 600)
    api.until(lambda: agent.agent.timetable.revision == 2)
    skipping.ahead += 600 + 91
    api.until(lambda: len(api.with_status("completed")) == 1)
    (capture,) = api.captures.values()
    assert (capture.schedule_id, capture.due_at) == ("hour", due)


def test_paused_nothing_is_taken_offline_either(running: Start, api: AgentApi, home: Home, pairing: Pairing) -> None:
    skipping = Skipping(api)
    clock = Clock(skipping)
    agent = running(clock)
    api.until(lambda: api.socket.is_connected and agent.agent.timetable.revision == 1)
    planned(api, clock, 600)
    api.pause()
    api.until(lambda: agent.agent.timetable.revision == 3)
    api.go_down()
    api.until(lambda: not agent.agent.inbox.contact.is_connected)
    skipping.ahead += 600
    api.until(lambda: agent.agent.timetable.passed() == agent.agent.timetable.coming(5) == [])
    assert agent.agent.spool.counts().waiting == 0
