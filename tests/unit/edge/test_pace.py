"""Waits between attempts: longer each time, by chance, within a bound, and short again after something worked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom_agent.pace import Backoff, Pace


@given(st.integers(0, 200))
def test_waits_grow_to_a_bound_and_no_further(failures: int) -> None:
    backoff = Backoff(0.5, 15)
    waits = [backoff.next() for _ in range(failures + 1)]
    for number, wait in enumerate(waits):
        longest = min(15, 0.5 * 2 ** min(number, 30))
        assert longest / 2 <= wait <= longest
    backoff.worked()
    assert backoff.next() <= 0.5


def test_many_agents_do_not_come_back_at_once() -> None:
    assert len({Backoff(8, 8).next() for _ in range(20)}) > 1


def test_a_wait_and_an_attempt_fit_into_the_thirty_seconds_after_which_it_has_to_be_back() -> None:
    assert Pace().backoff_most + Pace().connect_timeout <= 30


def test_haste_is_for_what_the_agent_waits_by_choice(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DARKROOM_AGENT_HASTE", "10")
    assert Pace.from_environment() != Pace()
    assert Pace.from_environment().heartbeat == Pace().heartbeat / 10
    assert Pace.from_environment(7).heartbeat == 7
    assert Pace.from_environment().answer_timeout == Pace().answer_timeout
