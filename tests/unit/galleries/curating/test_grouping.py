"""The curator without a model, where splitting by day fails. Pictures are painted and seen by the real network."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galleries.curating import facts, looks
from galleries.curating.grouping import CURATED_BY, group
from galleries.curating.photos import TITLE_LENGTH, Album, Photo
from tests.factories import lives, scenery

UPLOADED = datetime(2025, 6, 1, 12, tzinfo=UTC)
PHONE, CAMERA, OTHER_PHONE, MESSENGER = (4032, 3024), (6000, 4000), (4000, 2252), (1600, 1200)
HOME, PARK, LISBON = (48.1374, 11.5755), (48.1650, 11.6050), (38.7139, -9.1394)


@cache
def look(kind: str, view: int, seed: int = 7) -> bytes:
    return looks.look(scenery.paint(scenery.Setting(kind, seed), view))


class Taken:
    """Photos as they are taken in a test, one after another, each with the name of its occasion."""

    def __init__(self) -> None:
        self.photos: list[Photo] = []
        self.occasion: dict[UUID, str] = {}

    def shoot(
        self,
        occasion: str,
        kind: str,
        at: str | None,
        number: int = 5,
        *,
        minutes: float = 10,
        offset: str | None = "+02:00",
        place: tuple[float, float] | None = HOME,
        size: tuple[int, int] = PHONE,
        seed: int = 7,
    ) -> None:
        """`at` is what the camera's clock shows."""
        for shot in range(number):
            identity = UUID(int=1_000 * len(self.photos) + 7, version=4)
            taken = None
            if at is not None:
                wall = datetime.fromisoformat(at).replace(tzinfo=UTC) + timedelta(minutes=minutes * shot)
                taken = wall - (timedelta(hours=int(offset[:3])) if offset else timedelta())
            view = len(self.photos)
            self.photos.append(
                Photo(
                    id=identity, created_at=UPLOADED, taken_at=taken, taken_at_offset=offset if at else None,
                    place=place, width=size[0], height=size[1], look=look(kind, view, seed),
                )
            )  # fmt: skip
            self.occasion[identity] = occasion

    def albums(self) -> list[list[str]]:
        """For each album the occasions of its photos, sorted and each once."""
        return [sorted({self.occasion[photo] for photo in album.photo_ids}) for album in group(self.photos)]


def test_several_occasions_of_one_day_are_apart() -> None:
    taken = Taken()
    taken.shoot("market", "town", "2025-05-10 09:00")
    taken.shoot("match", "pitch", "2025-05-10 14:00", place=PARK)
    taken.shoot("dinner", "table", "2025-05-10 19:30")
    assert taken.albums() == [["dinner"], ["match"], ["market"]]


def test_an_occasion_over_midnight_is_one() -> None:
    taken = Taken()
    taken.shoot("party", "room", "2025-05-10 21:00", 12, minutes=25)
    taken.shoot("brunch", "table", "2025-05-11 11:00")
    assert taken.albums() == [["brunch"], ["party"]]


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


@pytest.mark.parametrize("wrong", ["2012-01-01 00:00", "2025-05-09 23:00", "2025-05-11 01:00"])
def test_a_camera_with_a_wrong_clock_is_at_the_same_occasion(wrong: str) -> None:
    taken = Taken()
    taken.shoot("walk", "forest", "2025-04-20 10:00", 8)
    taken.shoot("wedding", "stage", "2025-05-10 15:00", 12)
    taken.shoot("dinner", "table", "2025-05-24 19:00", 8)
    taken.shoot("wedding", "stage", wrong, 6, offset=None, place=None, size=CAMERA)
    assert taken.albums() == [["dinner"], ["wedding"], ["walk"]]


def test_an_old_occasion_that_looks_otherwise_keeps_its_time() -> None:
    """Not every other year is a wrong clock."""
    taken = Taken()
    taken.shoot("wedding", "stage", "2025-05-10 15:00", 12)
    taken.shoot("dinner", "table", "2025-05-24 19:00", 8)
    taken.shoot("holiday", "shore", "2012-08-01 10:00", 6, offset=None, place=None, size=CAMERA)
    assert taken.albums() == [["dinner"], ["wedding"], ["holiday"]]


def test_one_photo_is_no_witness_against_a_clock() -> None:
    taken = Taken()
    taken.shoot("dinner", "table", "2025-05-24 19:00", 8)
    taken.shoot("stroll", "town", "2025-05-10 15:00", 1)
    taken.shoot("stroll", "forest", "2025-05-10 15:05", 7)
    taken.shoot("old town", "town", "2012-08-01 10:00", 4, offset=None, place=None, size=CAMERA)
    assert taken.albums() == [["dinner"], ["stroll"], ["old town"]]


def test_a_camera_without_a_zone_shows_the_time_of_day_there() -> None:
    """It saw other things than the telephone: only the hour tells that it was there."""
    taken = Taken()
    taken.shoot("temple", "town", "2025-05-10 15:00", 6, offset="+09:00", place=(35.0116, 135.7681))
    taken.shoot("temple", "forest", "2025-05-10 15:05", 6, offset=None, place=None, size=CAMERA)
    assert taken.albums() == [["temple"]]


def test_telephones_of_two_zones_are_at_one_occasion() -> None:
    """One of them has not heard of the journey: its wall shows another hour, and its instant is the same."""
    taken = Taken()
    taken.shoot("concert", "stage", "2025-05-10 20:00", 6, offset="+01:00", place=None)
    taken.shoot("concert", "stage", "2025-05-10 14:05", 6, offset="-05:00", place=None, size=OTHER_PHONE)
    assert taken.albums() == [["concert"]]


def test_places_missing_on_some_photos_part_nothing() -> None:
    taken = Taken()
    for start in ("10:00", "11:10"):
        taken.shoot("hike", "mountains", f"2025-05-10 {start}", 4, place=None)
        taken.shoot("hike", "mountains", f"2025-05-10 {start}", 4, minutes=12)
    assert taken.albums() == [["hike"]]


def test_two_people_at_two_places_at_once_have_two_albums() -> None:
    taken = Taken()
    taken.shoot("match", "pitch", "2025-05-10 15:00", 6)
    taken.shoot("hike", "mountains", "2025-05-10 15:05", 6, place=(47.5, 11.1), size=OTHER_PHONE)
    assert sorted(taken.albums()) == [["hike"], ["match"]]


def test_one_camera_pauses_while_another_goes_on() -> None:
    taken = Taken()
    taken.shoot("wedding", "stage", "2025-05-10 10:00", 18, minutes=20)
    for start in ("10:00", "15:00"):
        taken.shoot("wedding", "stage", f"2025-05-10 {start}", 4, offset=None, place=None, size=CAMERA)
    assert taken.albums() == [["wedding"]]


def test_a_pause_is_longer_where_one_stays() -> None:
    stayed, went = Taken(), Taken()
    for taken, there in ((stayed, HOME), (went, PARK)):
        taken.shoot("morning", "pitch", "2025-05-10 10:00")
        taken.shoot("afternoon", "pitch", "2025-05-10 12:10", place=there)
    assert stayed.albums() == [["afternoon", "morning"]]
    assert went.albums() == [["afternoon"], ["morning"]]


def test_a_pause_is_longer_in_the_same_scene() -> None:
    same, other = Taken(), Taken()
    for taken, kind in ((same, "pitch"), (other, "table")):
        taken.shoot("morning", "pitch", "2025-05-10 09:00")
        taken.shoot("afternoon", kind, "2025-05-10 14:00")
    assert same.albums() == [["afternoon", "morning"]]
    assert other.albums() == [["afternoon"], ["morning"]]


def test_a_flight_is_no_part_of_a_journey_where_nobody_knows_the_home() -> None:
    taken = Taken()
    taken.shoot("evening", "stage", "2025-05-02 19:00", offset="-04:00", place=(42.36, -71.06))
    for day in range(3, 7):
        taken.shoot("journey", "mountains", f"2025-05-{day:02} 11:00", 4, offset="+00:00", place=(64.14, -21.9))
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
    assert taken.albums()[0] == ["journey"]


def test_a_copy_belongs_where_its_original_is() -> None:
    """By its perceptual hash alone: nothing is known of these photos' looks."""
    taken = Taken()
    taken.shoot("market", "town", "2025-05-10 09:00")
    taken.shoot("dinner", "table", "2025-05-10 19:30")
    luck = random.Random(5)
    photos = [replace(photo, look=None, phash=luck.getrandbits(63)) for photo in taken.photos]
    copy = replace(photos[7], id=UUID(int=1, version=4), taken_at=None, phash=(photos[7].phash or 0) ^ 0b101)
    of = {photo: album.title for album in group([*photos, copy]) for photo in album.photo_ids}
    assert of[copy.id] == of[photos[7].id] == "An evening in Munich"


def test_sizes_that_are_rare_are_of_no_camera() -> None:
    taken = Taken()
    for shot in range(9):
        size = PHONE if shot % 2 else (3_000 + shot, 2_000)
        taken.shoot("hike", "mountains", f"2025-05-10 1{shot}:00", 1, size=size)
    assert len(set(facts.gather(taken.photos).camera.tolist())) == 2


def test_what_has_lost_its_time_goes_where_it_looks_at_home() -> None:
    taken = Taken()
    taken.shoot("match", "pitch", "2025-05-10 15:00", 8)
    taken.shoot("dinner", "table", "2025-05-11 19:00", 8)
    taken.shoot("match", "pitch", None, 3, place=None, size=MESSENGER)
    assert taken.albums() == [["dinner"], ["match"]]


def test_photos_without_any_time_are_grouped_by_their_looks() -> None:
    taken = Taken()
    for kind, size in (("screen", (1200, 1600)), ("forest", (1200, 1600)), ("room", (2480, 1754))):
        taken.shoot(kind, kind, None, 5, place=None, size=size)
    albums = group(taken.photos)
    assert sorted(taken.albums()) == [["forest"], ["room"], ["screen"]]
    assert [album.title for album in albums] == [
        "Photos without a date",
        "Photos without a date (2)",
        "Photos without a date (3)",
    ]


def test_photos_left_alone_are_one_album_of_the_rest() -> None:
    taken = Taken()
    taken.shoot("dinner", "table", "2025-05-10 19:00", 5)
    for month, kind in ((1, "town"), (2, "shore"), (3, "stage")):
        taken.shoot(kind, kind, f"2025-{month:02}-01 12:00", 1)
    assert taken.albums() == [["dinner"], ["shore", "stage", "town"]]
    rest = group(taken.photos)[-1]
    assert (rest.title, rest.theme_description) == ("More photos", "3 photos that belong to no other album.")


def test_a_photo_a_day_is_shown_by_months_and_is_no_journey() -> None:
    taken = Taken()
    for day in range(1, 32):
        taken.shoot("March", "town", f"2025-03-{day:02} 08:00", 1)
        taken.shoot("May", "town", f"2025-05-{day:02} 08:00", 1)
    assert [(album.title, len(album.photo_ids)) for album in group(taken.photos)] == [
        ("Here and there in May 2025", 31),
        ("Here and there in March 2025", 31),
    ]


def test_a_photo_shortly_after_joins_what_was_before() -> None:
    taken = Taken()
    taken.shoot("dinner", "table", "2025-05-10 19:00", 5)
    taken.shoot("dinner", "town", "2025-05-10 22:30", 1)
    assert taken.albums() == [["dinner"]]


def test_photos_without_looks_are_grouped_by_time() -> None:
    """What another version of the network made is as good as nothing, and nothing fails."""
    taken = Taken()
    taken.shoot("market", "town", "2025-05-10 09:00")
    taken.shoot("dinner", "table", "2025-05-10 19:30")
    bare = [Photo(id=photo.id, created_at=UPLOADED, taken_at=photo.taken_at, look=b"\0old") for photo in taken.photos]
    assert [len(album.photo_ids) for album in group(bare)] == [5, 5]


def test_no_photos_have_no_albums_and_one_has_one() -> None:
    assert group([]) == []
    taken = Taken()
    taken.shoot("dinner", "table", "2025-05-10 19:00", 1)
    (album,) = group(taken.photos)
    assert album.title == "An evening in Munich"
    assert album.theme_description == "One photo taken in Munich on Saturday, 10 May 2025."


def test_a_few_photos_and_nothing_else_are_no_rest() -> None:
    taken = Taken()
    taken.shoot("market", "town", "2025-05-10 09:00", 1)
    taken.shoot("walk", "forest", "2025-06-20 16:00", 1)
    assert [album.title for album in group(taken.photos)] == ["An afternoon in Munich", "A morning in Munich"]


def test_photos_are_shown_in_the_order_in_which_they_were_taken() -> None:
    taken = Taken()
    taken.shoot("hike", "mountains", "2025-05-10 09:00", 9)
    shuffled = random.Random(1).sample(taken.photos, 9)
    (album,) = group(shuffled)
    assert album.photo_ids == tuple(photo.id for photo in taken.photos)


def _pairs(labels: Sequence[object]) -> set[tuple[int, int]]:
    return {(i, j) for i in range(len(labels)) for j in range(i) if labels[i] == labels[j]}


def test_a_life_is_grouped_better_than_by_days() -> None:
    """A floor and no measurement: bench/curation_quality.py measures."""
    shots = lives.live(60, seed=11)
    photos = [lives.seen(shot) for shot in shots]
    album_of = {photo: number for number, album in enumerate(group(photos)) for photo in album.photo_ids}
    truth = _pairs([shot.occasion for shot in shots])
    ours = _pairs([album_of[shot.id] for shot in shots])
    days = _pairs([(shot.taken_at or shot.created_at).date() for shot in shots])

    def f1(found: set[tuple[int, int]]) -> float:
        return 2 * len(found & truth) / (len(found) + len(truth))

    assert f1(ours) > max(0.8, f1(days))


_kinds = st.sampled_from(scenery.OUTDOOR + scenery.INDOOR)
_photos = st.builds(
    Photo,
    id=st.uuids(version=4),
    created_at=st.just(UPLOADED),
    taken_at=st.none()
    | st.datetimes(datetime(1970, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants
    | st.integers(0, 40).map(lambda hours: UPLOADED - timedelta(hours=hours)),
    taken_at_offset=st.none() | st.sampled_from(["+02:00", "-09:30", "+14:00", "+00:00"]),
    place=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.sampled_from([HOME, PARK, LISBON]),
    width=st.sampled_from([0, 1600, 4032]),
    height=st.sampled_from([0, 1200, 3024]),
    phash=st.none() | st.integers(-(1 << 63), (1 << 63) - 1),
    look=st.none() | st.just(b"old") | st.builds(look, _kinds, st.integers(0, 2)),
)
_sets = st.lists(_photos, max_size=25, unique_by=lambda photo: photo.id)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_sets, st.randoms(use_true_random=False))
def test_whatever_comes_each_photo_is_in_one_album_and_the_order_of_coming_means_nothing(
    photos: list[Photo], luck: random.Random
) -> None:
    albums = group(photos)
    _check(albums, photos)
    again = list(photos)
    luck.shuffle(again)
    assert group(again) == albums


def _check(albums: Sequence[Album], photos: Sequence[Photo]) -> None:
    shown = [photo for album in albums for photo in album.photo_ids]
    assert sorted(shown) == sorted(photo.id for photo in photos)
    titles = [album.title for album in albums]
    assert len(set(titles)) == len(titles)
    for album in albums:
        assert album.photo_ids
        assert 0 < len(album.title) <= TITLE_LENGTH
        assert album.title == " ".join(album.title.split())
        assert album.theme_description.endswith(".")
        assert album.curated_by == CURATED_BY
