"""Journeys in the albums of the curator without a model: what is one story, and what is not."""

import pytest

from galleries.curating.grouping import group
from tests.factories.taking import HOME, LISBON, Taken


def test_a_week_away_is_one_album_and_not_seven() -> None:
    taken = Taken()
    taken.shoot("before", "forest", "2025-04-26 15:00")
    for day, kind in enumerate(("town", "shore", "table", "shore", "room", "town", "mountains")):
        for hour in (10, 17):
            taken.shoot("journey", kind, f"2025-05-{day + 3:02} {hour}:00", 4, offset="+01:00", place=LISBON)
    taken.shoot("after", "pitch", "2025-05-17 15:00")
    assert taken.albums() == [["after"], ["journey"], ["before"]]
    assert [album.title for album in group(taken.photos)][1] == "Lisbon, 3–9 May 2025"


def test_a_journey_goes_on_where_a_day_has_no_place() -> None:
    taken = Taken()
    for day in ("2025-04-01", "2025-04-20", "2025-05-17"):
        taken.shoot(day, "forest", f"{day} 15:00")
    for may in range(3, 8):
        taken.shoot("journey", "shore", f"2025-05-{may:02} 11:00", place=None if may in (4, 5) else LISBON, offset=None)
    assert ["journey"] in taken.albums()
    assert len(taken.albums()) == 4


def test_days_in_a_row_without_any_place_are_a_journey() -> None:
    taken = Taken()
    taken.shoot("before", "room", "2025-04-12 15:00", place=None)
    for day, kind in enumerate(("town", "shore", "table", "forest")):
        taken.shoot("journey", kind, f"2025-05-{day + 3:02} 11:00", 4, place=None)
    taken.shoot("after", "pitch", "2025-05-17 15:00", place=None)
    assert taken.albums() == [["after"], ["journey"], ["before"]]


def test_a_flight_is_no_part_of_a_journey_where_nobody_knows_the_home() -> None:
    taken = Taken()
    taken.shoot("evening", "stage", "2025-05-02 19:00")
    for day in range(3, 7):
        taken.shoot("journey", "mountains", f"2025-05-{day:02} 11:00", 4, offset="+01:00", place=LISBON)
    assert taken.albums() == [["journey"], ["evening"]]


def test_who_comes_home_in_between_makes_two_journeys() -> None:
    taken = Taken()
    for day in ("2025-04-01", "2025-04-20"):
        taken.shoot(day, "forest", f"{day} 15:00")
    for day in ("2025-05-10", "2025-05-11"):
        taken.shoot(f"trip of {day}", "town", f"{day} 10:00", place=(47.8, 13.04))
        taken.shoot(f"home on {day}", "room", f"{day} 20:00")
    assert taken.albums()[:4] == [
        ["home on 2025-05-11"], ["trip of 2025-05-11"], ["home on 2025-05-10"], ["trip of 2025-05-10"],
    ]  # fmt: skip


def test_a_journey_begins_before_its_first_place() -> None:
    taken = Taken()
    for day in ("2025-04-01", "2025-04-20"):
        taken.shoot(day, "forest", f"{day} 15:00")
    taken.shoot("journey", "room", "2025-05-03 06:00", place=None)
    taken.shoot("journey", "shore", "2025-05-03 11:00", place=LISBON)
    assert taken.albums()[:2] == [["journey"], ["2025-04-20"]]


@pytest.mark.parametrize("place", [HOME, None])
def test_a_photo_a_day_is_shown_by_months_and_is_no_journey(place: tuple[float, float] | None) -> None:
    taken = Taken()
    for month, days in (("March", 31), ("April", 30)):
        for day in range(1, days + 1):
            taken.shoot(month, "town", f"2025-0{3 if days == 31 else 4}-{day:02} 08:00", 1, place=place)
    assert [(album.title, len(album.photo_ids)) for album in group(taken.photos)] == [
        ("Here and there in April 2025", 30),
        ("Here and there in March 2025", 31),
    ]
