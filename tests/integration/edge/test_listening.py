"""Commands come by WebSocket, or by long poll; and the agent is back soon after the cloud is."""

import time
from collections.abc import Callable

import pytest

from darkroom_agent.clock import from_wire
from darkroom_agent.errors import Revoked
from darkroom_agent.home import Home, Pairing
from tests.fakes.agent_api import AgentApi
from tests.fakes.mjpeg_camera import MjpegCamera
from tests.integration.edge.conftest import Running, is_empty, spool_of

Start = Callable[..., Running]


def test_a_photo_on_demand_by_websocket(running: Start, api: AgentApi, camera: MjpegCamera) -> None:
    running(heartbeat=30)
    api.until(lambda: api.socket.is_connected and api.count("commands") > 0)
    camera.stale = b"old"
    taken_before = len(camera.sent)
    capture = api.ask()
    api.until(lambda: capture.status == "completed")
    content = api.objects[capture.storage_key or ""]
    assert content in camera.sent[taken_before:]
    assert api.headers["commands"]["authorization"] == "Bearer device-token"


def test_what_was_asked_for_before_is_found_at_the_start(running: Start, api: AgentApi) -> None:
    captures = [api.ask() for _ in range(3)]
    running(heartbeat=30)
    api.until(lambda: all(capture.status == "completed" for capture in captures))
    assert len(set(api.photos())) == 3


def test_without_a_websocket_it_polls(running: Start, api: AgentApi) -> None:
    api.deaf_socket = True
    agent = running(websocket_again=60, websocket_rarely=60)
    api.until(lambda: any(wait > 0 for wait, _ in api.waits_of_polls))
    capture = api.ask()
    api.until(lambda: capture.status == "completed")
    assert agent.agent.inbox.contact.is_connected
    assert agent.agent.listener.way == "long poll"


def test_and_goes_back_to_the_websocket(running: Start, api: AgentApi) -> None:
    api.deaf_socket = True
    running()
    api.until(lambda: any(wait > 0 for wait, _ in api.waits_of_polls))
    api.deaf_socket = False
    api.until(lambda: api.socket.is_connected)


def test_a_command_lost_on_the_way_is_found_by_the_heartbeat(running: Start, api: AgentApi) -> None:
    running()
    api.until(lambda: api.socket.is_connected and api.count("commands") > 0)
    api.socket.drops = 1
    capture = api.ask()
    api.until(lambda: capture.status == "completed")


def test_schedules_and_pauses_lost_on_the_way_are_found_by_their_revision(running: Start, api: AgentApi) -> None:
    agent = running()
    api.until(lambda: api.socket.is_connected and agent.agent.timetable.revision == 1)
    api.socket.drops = 2
    api.pause()
    api.plan({"id": "hour", "name": "Hour", "next": ["2100-01-01T00:00:00Z"]})
    api.until(lambda: agent.agent.timetable.revision == 3)
    assert agent.agent.spool.is_paused()
    assert agent.agent.timetable.coming()[0].schedule_id == "hour"


def test_an_api_that_was_put_back_is_believed(running: Start, api: AgentApi) -> None:
    api.device.revision = 40
    agent = running()
    api.until(lambda: agent.agent.timetable.revision == 40)
    api.device.revision = 2
    api.until(lambda: agent.agent.timetable.revision == 2)


def test_it_asks_for_times_a_day_ahead_again(running: Start, api: AgentApi) -> None:
    running(refresh=0.2)
    api.until(lambda: [wait for wait, revision in api.waits_of_polls if revision == 0].count(0) > 2)


def test_paused_at_once_and_commands_fail(running: Start, api: AgentApi, camera: MjpegCamera) -> None:
    agent = running()
    api.until(lambda: api.socket.is_connected and agent.agent.timetable.revision == 1)
    api.pause()
    api.until(agent.agent.spool.is_paused)
    capture = api.ask()
    api.until(lambda: capture.status == "failed")
    assert "paused" in (capture.error or "")
    assert camera.sent == []


def test_a_camera_that_is_gone_fails_the_command(
    running: Start, api: AgentApi, camera: MjpegCamera, home: Home, pairing: Pairing
) -> None:
    camera.password = "ada:secret"
    running()
    capture = api.ask()
    api.until(lambda: capture.status == "failed")
    assert "401" in (capture.error or "")
    api.until(lambda: is_empty(home, pairing))


def test_a_full_spool_is_told(
    running: Start, api: AgentApi, environment: pytest.MonkeyPatch, home: Home, pairing: Pairing
) -> None:
    environment.setenv("DARKROOM_AGENT_SPOOL_MB", "0.0001")
    running()
    capture = api.ask()
    api.until(lambda: capture.status == "failed")
    assert "spool is full" in (capture.error or "")


def test_pings_are_sent_and_a_silent_socket_is_replaced(running: Start, api: AgentApi) -> None:
    running()
    api.until(lambda: api.socket.pings > 1)
    assert api.socket.connects == 1
    api.socket.answers_pings = False
    api.until(lambda: api.socket.connects > 1)


def test_a_failed_heartbeat_has_the_socket_tried(running: Start, api: AgentApi) -> None:
    running(ping=1_000)
    api.until(lambda: api.socket.is_connected)
    assert api.socket.pings == 0
    api.next("heartbeat", 500)
    api.until(lambda: api.socket.pings > 0)


def test_nonsense_on_the_socket_is_passed_over(running: Start, api: AgentApi) -> None:
    running(heartbeat=30)
    api.until(lambda: api.socket.is_connected and api.count("commands") > 0)
    for frame in ("hello", "[]", '{"type": "device.command"}', '{"type": "device.command", "data": {"type": 7}}'):
        api.socket.send_raw(frame)
    capture = api.ask()
    api.until(lambda: capture.status == "completed")


def test_a_network_that_is_cut_and_comes_back(running: Start, api: AgentApi, home: Home, pairing: Pairing) -> None:
    agent = running()
    api.until(lambda: api.socket.is_connected)
    api.go_down()
    api.until(lambda: not agent.agent.inbox.contact.is_connected)
    capture = api.ask()
    api.come_back()
    api.until(lambda: capture.status == "completed")
    api.cut()
    again = api.ask()
    api.until(lambda: again.status == "completed")
    api.until(lambda: is_empty(home, pairing))
    assert [each.completions for each in api.captures.values()] == [1, 1]


def test_storage_is_down_for_a_while(running: Start, api: AgentApi, home: Home, pairing: Pairing) -> None:
    api.next("put", 503, "drop", 503, "drop", 503)
    captures = [api.ask() for _ in range(4)]
    running()
    api.until(lambda: all(capture.status == "completed" for capture in captures))
    api.until(lambda: is_empty(home, pairing))
    assert len(set(api.photos())) == 4


def test_an_api_too_slow_to_wait_for(running: Start, api: AgentApi) -> None:
    api.next("upload-url", "stall")
    running(answer_timeout=0.3)
    capture = api.ask()
    api.until(lambda: capture.status == "completed")
    assert capture.completions == 1


def test_a_device_that_is_deleted_ends_the_agent(
    running: Start, api: AgentApi, home: Home, pairing: Pairing, camera: MjpegCamera
) -> None:
    api.next("put", *[503] * 100)
    api.ask()
    agent = running()
    api.until(lambda: api.count("put") > 0)
    api.revoke()
    error = agent.ended()
    assert isinstance(error, Revoked)
    assert error.exit_status == 5
    with spool_of(home, pairing) as spool:
        assert spool.counts().waiting == 1


def test_it_ends_while_it_waits_for_a_poll(running: Start, api: AgentApi) -> None:
    api.deaf_socket = True
    agent = running(long_poll=25, websocket_again=60, websocket_rarely=60)
    api.until(lambda: any(wait > 0 for wait, _ in api.waits_of_polls))
    agent.stop()
    assert agent.ended() is None


def test_the_servers_clock_is_taken_over(running: Start, api: AgentApi) -> None:
    api.now = lambda: time.time() + 7 * 86_400
    agent = running()
    api.until(lambda: agent.agent._clock.is_right)
    capture = api.ask()
    api.until(lambda: capture.status == "completed")
    assert from_wire(capture.taken_at or "") > time.time() + 6 * 86_400
