"""Ids: UUIDv7, ordered, and nothing else is one."""

import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import ids


def test_an_id_is_a_uuid_of_version_7_that_tells_its_time() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_ids_only_grow_also_within_a_millisecond_and_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [ids.new_id() for _ in range(5_000)]
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    made += [ids.new_id() for _ in range(100)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_the_tail_overflows_into_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", (time.time_ns() // 1_000_000 + 60_000, (1 << 74) - 1))
    before = UUID(int=(ids._last[0] << 80) | (0x7 << 76) | (0xFFF << 64) | (0b10 << 62) | ((1 << 62) - 1))
    after = ids.new_id()
    assert after > before
    assert after.version == 7


def test_threads_do_not_share_an_id() -> None:
    made: list[UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(ids.new_id() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2_000


@given(st.uuids())
def test_an_id_is_read_as_it_is_written(made: UUID) -> None:
    assert ids.parse_id(str(made)) == made
    assert ids.parse_id(str(made).upper()) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "me",
        "0" * 36,
        "{018f0000-0000-7000-8000-000000000000}",
        "urn:uuid:018f0000-0000-7000-8000-000000000000",
        "018f000000007000800000000000000a",
        "018f0000-0000-7000-8000-00000000000g",
        "018f0000-0000-7000-8000-000000000000\n",
        "018f0000-0000-7000-8000-0000000000000",
        "٠18f0000-0000-7000-8000-000000000000",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        ids.parse_id(text)


@given(st.text(max_size=60))
def test_no_text_does_anything_else(text: str) -> None:
    try:
        assert str(ids.parse_id(text)) == text.lower()
    except ValueError:
        pass


def test_an_id_says_when_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = ids.made_at(ids.new_id())
    assert before <= made <= datetime.now(UTC) + timedelta(seconds=1)
