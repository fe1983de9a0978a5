"""How many long polls wait at once, whatever number of agents there is."""

from hypothesis import given
from hypothesis import strategies as st

from captures.service.polling import share_of

ENVIRONMENTS = 20


@given(st.integers(0, 25), st.integers(0, ENVIRONMENTS))
def test_while_there_is_room_everybody_waits_as_long_as_they_like(wait: int, pollers: int) -> None:
    assert share_of(wait, pollers, ENVIRONMENTS) == (wait, 0)


@given(st.integers(1, 25), st.integers(ENVIRONMENTS + 1, 100_000))
def test_beyond_no_more_wait_at_any_moment_than_there_are_environments(wait: int, pollers: int) -> None:
    share = share_of(wait, pollers, ENVIRONMENTS)
    assert 0 < share.wait < wait
    waiting_at_a_moment = pollers * share.wait / (share.wait + share.poll_after)
    assert waiting_at_a_moment <= ENVIRONMENTS + 1e-6
    # and each still asks about once in the time that it wanted to wait
    assert wait <= share.wait + share.poll_after < wait + 1
