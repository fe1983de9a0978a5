"""The agent's clock: the server's time, counted on by ticks that nobody can set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom_agent.clock import Clock, from_wire, to_wire
from darkroom_agent.errors import AgentError
from tests.unit.edge.conftest import START, Hands


def test_before_the_first_contact_the_wall_clock_counts(clock: Clock) -> None:
    assert clock.now() == pytest.approx(START)
    assert not clock.is_right


def test_a_wall_clock_that_jumps_changes_nothing(clock: Clock, hands: Hands) -> None:
    hands.advance(10)
    hands.wall_ahead += 86_400
    hands.advance(10)
    assert clock.now() == pytest.approx(START + 20)


def test_the_server_is_right_and_half_of_its_answers_way_is_counted(clock: Clock, hands: Hands) -> None:
    asked_at = clock.ticks()
    hands.advance(4)
    clock.anchor(START + 7_200, asked_at)
    assert clock.is_right
    assert clock.now() == pytest.approx(START + 7_202)
    hands.wall_ahead -= 1e9
    hands.advance(3)
    assert clock.now() == pytest.approx(START + 7_205)


def test_an_answer_that_was_slept_through_says_nothing(clock: Clock, hands: Hands) -> None:
    asked_at = clock.ticks()
    hands.advance(3_600)
    clock.anchor(START, asked_at)
    assert clock.now() == pytest.approx(START + 3_600)
    assert not clock.is_right


@given(st.floats(0, 4e9).map(lambda seconds: round(seconds, 3)))
def test_times_come_back_from_the_wire(seconds: float) -> None:
    assert to_wire(seconds).endswith("Z")
    assert from_wire(to_wire(seconds)) == pytest.approx(seconds, abs=0.002)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", "12"])
def test_what_is_no_time_says_so(text: str) -> None:
    with pytest.raises(AgentError, match="Not a time"):
        from_wire(text)


def test_times_are_the_same_however_they_are_written() -> None:
    ways = ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00.000Z", "2026-11-02T11:00:00+01:00", "2026-11-02T10:00:00")
    assert len({from_wire(text) for text in ways}) == 1
