"""The curator without a model, where splitting by day fails. Pictures are painted and seen by the real network."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galleries.curating import facts
from galleries.curating.grouping import CURATED_BY, group
from galleries.curating.photos import TITLE_LENGTH, Album, Photo
from tests.factories import lives, scenery
from tests.factories.taking import CAMERA, HOME, LISBON, MESSENGER, OTHER_PHONE, PARK, PHONE, UPLOADED, Taken, look


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


def test_a_photo_shortly_after_joins_what_was_before() -> None:
    taken = Taken()
    taken.shoot("dinner", "table", "2025-05-10 19:00", 5)
    taken.shoot("dinner", "town", "2025-05-10 23:00", 1, place=None)
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
