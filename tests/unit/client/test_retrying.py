"""When and how long is waited."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from darkroom_client.retrying import Patience, asked_for


def test_waits_grow_to_a_limit_and_are_left_to_chance() -> None:
    patience = Patience(attempts=8, first_seconds=1, most_seconds=10)
    longest = [1, 2, 4, 8, 10, 10, 10]
    several = [list(patience.waits()) for _ in range(20)]
    for waits in several:
        assert len(waits) == 7
        assert all(limit / 2 <= wait <= limit for wait, limit in zip(waits, longest, strict=True))
    assert len({waits[0] for waits in several}) > 1


def test_one_attempt_waits_for_nothing() -> None:
    assert list(Patience(attempts=1).waits()) == []


def test_what_a_server_asks_for_is_seconds_or_a_date() -> None:
    assert asked_for({"retry-after": "7"}) == 7
    assert asked_for({}) is None
    assert asked_for({"retry-after": "soon"}) is None
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    asked = asked_for({"retry-after": in_a_minute})
    assert asked is not None
    assert 0 < asked <= 60
    assert asked_for({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
