"""Titles: what a person would write who knows when and where, and nothing that is not known."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleries.curating import titles
from galleries.curating.photos import TITLE_LENGTH
from galleries.curating.titles import Group


def of(start: str | None, end: str | None = None, place: str | None = None, *, rest: bool = False) -> Group:
    edges = [
        None if edge is None else datetime.fromisoformat(edge).replace(tzinfo=UTC) for edge in (start, end or start)
    ]
    return Group(np.arange(3), edges[0], edges[1], place, rest)


@pytest.mark.parametrize(
    ("group", "title"),
    [
        (of("2024-06-15 19:00", "2024-06-15 21:30"), "An evening in June 2024"),
        (of("2024-06-15 09:00", "2024-06-15 11:00", "Lisbon"), "A morning in Lisbon"),
        (of("2024-06-15 13:00", "2024-06-15 16:00", "Lisbon"), "An afternoon in Lisbon"),
        (of("2024-06-15 09:00", "2024-06-15 20:00", "Lisbon"), "A day in Lisbon"),
        (of("2024-06-15 21:00", "2024-06-16 03:30", "Lisbon"), "A night in Lisbon"),
        (of("2024-06-16 02:00", "2024-06-16 03:30"), "A night in June 2024"),
        (of("2024-06-14 18:00", "2024-06-16 17:00", "Lisbon"), "A weekend in Lisbon"),
        (of("2024-06-15 10:00", "2024-06-16 17:00"), "A weekend in June 2024"),
        (of("2025-05-03 10:00", "2025-05-09 20:00", "Lisbon"), "Lisbon, 3–9 May 2025"),
        (of("2025-05-28 10:00", "2025-06-03 20:00"), "28 May – 3 June 2025"),
        (of("2024-12-30 10:00", "2025-01-02 20:00"), "30 December 2024 – 2 January 2025"),
        (of("2024-05-30 10:00", "2024-08-02 20:00", "Fiji"), "Fiji, May – August 2024"),
        (of("2023-11-30 10:00", "2024-02-02 20:00"), "November 2023 – February 2024"),
        (of("2025-05-03 10:00", "2025-05-09 20:00", "the Netherlands"), "The Netherlands, 3–9 May 2025"),
        (of(None), "Photos without a date"),
        (of(None, None, "Lisbon"), "Lisbon"),
        (of(None, rest=True), "More photos"),
        (of("2024-06-02 10:00", "2024-06-28 20:00", rest=True), "Here and there in June 2024"),
    ],
)
def test_a_title_says_when_and_where(group: Group, title: str) -> None:
    assert titles.of([group]) == [title]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (  # another month is enough
            [of("2024-06-15 19:00", None, "Lisbon"), of("2024-07-15 19:00", None, "Lisbon")],
            ["An evening in Lisbon, June 2024", "An evening in Lisbon, July 2024"],
        ),
        (  # another day
            [of("2024-06-15 19:00", None, "Lisbon"), of("2024-06-21 19:00", None, "Lisbon")],
            ["Lisbon, 15 June 2024", "Lisbon, 21 June 2024"],
        ),
        (  # another weekday
            [of("2024-06-15 19:00"), of("2024-06-21 19:00")],
            ["A Saturday evening in June 2024", "A Friday evening in June 2024"],
        ),
        (  # another hour
            [of("2024-06-15 17:30"), of("2024-06-15 20:15")],
            ["15 June 2024, 17:30", "15 June 2024, 20:15"],
        ),
        ([of(None), of(None)], ["Photos without a date", "Photos without a date (2)"]),
        ([of("2024-06-15 19:00")] * 3, ["15 June 2024, 19:00", "15 June 2024, 19:00 (2)", "15 June 2024, 19:00 (3)"]),
    ],
)
def test_titles_that_would_be_the_same_say_more(groups: list[Group], expected: list[str]) -> None:
    assert titles.of(groups) == expected


def test_a_count_steps_around_a_title_that_is_taken() -> None:
    named = [of(None, None, "Photos"), of(None, None, "Photos"), of(None, None, "Photos (2)")]
    assert titles.of(named) == ["Photos", "Photos (3)", "Photos (2)"]


@pytest.mark.parametrize(
    ("group", "sentence"),
    [
        (of("2024-06-15 19:00", "2024-06-16 01:00", "Lisbon"), "3 photos taken in Lisbon on Saturday, 15 June 2024."),
        (of("2025-05-03 10:00", "2025-05-09 20:00"), "3 photos taken from 3 May 2025 to 9 May 2025."),
        (
            replace(of("2024-06-15 19:00", place="Lisbon"), undated=True),
            "3 photos in Lisbon; those with a date were taken on Saturday, 15 June 2024.",
        ),
        (of(None), "3 photos that do not say when they were taken."),
        (of(None, None, "Lisbon"), "3 photos from Lisbon that do not say when they were taken."),
        (of("2024-06-02 10:00", rest=True), "3 photos of June 2024 that belong to no other album."),
        (of(None, rest=True), "3 photos that belong to no other album."),
    ],
)
def test_a_theme_is_one_honest_sentence(group: Group, sentence: str) -> None:
    assert titles.theme(group) == sentence


_moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_groups = st.builds(
    lambda edges, place, rest: Group(np.arange(2), edges[0], edges[1], place, rest),
    st.just((None, None)) | st.tuples(_moments, _moments).map(sorted),
    st.none() | st.text(st.characters(categories=["L"]), min_size=1, max_size=200),
    st.booleans(),
)


@given(st.lists(_groups, min_size=1, max_size=12))
def test_titles_are_bounded_and_unlike(groups: list[Group]) -> None:
    made = titles.of(groups)
    assert len(set(made)) == len(made)
    assert all(0 < len(title) <= TITLE_LENGTH for title in made)
