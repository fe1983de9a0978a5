"""Which scheduled photos the agent takes by itself."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.timetable import CLOUD_HAS, DROPPED_WITHIN, TOO_LATE, Contact, Timetable, Verdict, judge
from tests.unit.edge.conftest import START, Hands

AWAY = Contact(is_connected=False, lost_at=float("-inf"), confirmed_at=float("-inf"))
THERE = Contact(is_connected=True, confirmed_at=START - 10)


def test_offline_it_takes_what_is_due_at_once() -> None:
    assert judge(START, START - 0.1, AWAY) is Verdict.WAIT
    assert judge(START, START, AWAY) is Verdict.TAKE


def test_while_connected_the_cloud_asks() -> None:
    assert all(judge(START, START + age, THERE) is Verdict.WAIT for age in (0, 30, 89, 200, TOO_LATE))


def test_a_connection_lost_just_after_the_due_time_may_have_taken_the_command_with_it() -> None:
    assert judge(START, START + 40, Contact(is_connected=False, lost_at=START + 40)) is Verdict.TAKE
    assert judge(START, START + 80, Contact(is_connected=False, lost_at=START + DROPPED_WITHIN + 1)) is Verdict.WAIT


def test_a_cloud_that_says_nothing_for_ninety_seconds_has_missed_it_if_the_schedule_still_stands() -> None:
    confirmed = Contact(is_connected=True, confirmed_at=START + 1)
    assert judge(START, START + CLOUD_HAS - 1, confirmed) is Verdict.WAIT
    assert judge(START, START + CLOUD_HAS, confirmed) is Verdict.TAKE
    assert judge(START, START + CLOUD_HAS, THERE) is Verdict.WAIT


times = st.floats(-1e6, 1e6)


@given(
    age=st.floats(-1e4, 1e4),
    is_connected=st.booleans(),
    lost=times,
    confirmed=times,
)
@example(age=TOO_LATE, is_connected=False, lost=0.0, confirmed=0.0)
def test_never_early_never_too_late_and_offline_never_missed(
    age: float, is_connected: bool, lost: float, confirmed: float
) -> None:
    verdict = judge(START, START + age, Contact(is_connected, START + lost, START + confirmed))
    if START + age < START:
        assert verdict is Verdict.WAIT
    elif START + age - START > TOO_LATE:
        assert verdict is Verdict.SKIP
    elif not is_connected and START + lost <= START:
        assert verdict is Verdict.TAKE
    elif is_connected and START + age - START < CLOUD_HAS:
        assert verdict is Verdict.WAIT


# --- what is known ----------------------------------------------------------------------------------------------------


def schedule(schedule_id: str, *ages: float) -> dict[str, Any]:
    return {"id": schedule_id, "name": f"The {schedule_id}", "next": [to_wire(START + age) for age in ages]}


def test_times_come_in_order_and_pass(timetable: Timetable, hands: Hands) -> None:
    timetable.replace(3, [schedule("hour", 60, 120), schedule("noon", 90)])
    assert [due.schedule_id for due in timetable.coming(5)] == ["hour", "noon", "hour"]
    assert timetable.passed() == []
    hands.advance(95)
    assert [due.schedule_id for due in timetable.passed()] == ["hour", "noon"]
    timetable.done(timetable.passed()[0])
    assert [due.schedule_id for due in timetable.passed()] == ["noon"]
    assert timetable.name("noon") == "The noon"


def test_a_newer_state_replaces_all_and_an_older_one_nothing(timetable: Timetable) -> None:
    assert timetable.replace(3, [schedule("a", 60)])
    assert timetable.replace(4, [schedule("b", 60)])
    assert not timetable.replace(3, [schedule("a", 60)])
    assert [due.schedule_id for due in timetable.coming(5)] == ["b"]


def test_times_a_day_ahead_told_again_keep_what_has_just_passed(timetable: Timetable, hands: Hands) -> None:
    timetable.replace(3, [schedule("a", 60, 120), schedule("gone", 60)])
    hands.advance(70)
    timetable.replace(3, [schedule("a", 120, 180)])
    assert [due.schedule_id for due in timetable.passed()] == ["a"]
    timetable.replace(4, [schedule("a", 120, 180)])
    assert timetable.passed() == []
    assert len(timetable.coming(5)) == 2


def test_the_revision_counts_when_both_parts_of_it_are_known(timetable: Timetable) -> None:
    assert timetable.revision == 0
    timetable.pause(True, 7)
    assert timetable.revision == 0
    timetable.replace(7, [])
    assert timetable.revision == 7
    assert not timetable.pause(False, 6)
    timetable.doubt()
    assert timetable.pause(False, 2)


def test_another_device_begins_anew(timetable: Timetable, clock: Clock) -> None:
    timetable.replace(7, [schedule("a", 60)])
    timetable.pause(True, 7)
    timetable.forget()
    assert (timetable.revision, timetable.coming(5)) == (0, [])


@pytest.mark.parametrize("told", [{"id": "a", "next": ["never"]}, {"next": []}])
def test_nonsense_changes_nothing(timetable: Timetable, told: dict[str, Any]) -> None:
    timetable.replace(1, [schedule("a", 60)])
    with pytest.raises(Exception, match=r"Not a time|id"):
        timetable.replace(2, [told])
    assert len(timetable.coming(5)) == 1
    timetable.replace(2, [schedule("b", 60)])
    assert timetable.coming()[0].schedule_id == "b"
