"""What the model says is a stranger's word: whatever it is, each photo is in one album or comes back."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleries.curating.photos import THEME_LENGTH, TITLE_LENGTH, Album
from galleries.curating.proposals import (
    LEFT_OUT,
    UNTITLED,
    KeptAnswer,
    NonsenseAnswer,
    albums_so_far,
    checked,
    merge,
    plain,
)

PHOTOS = [UUID(int=number) for number in range(1, 51)]


def _album(title: Any, photos: Any, continues: Any = None, theme: Any = "") -> dict[str, Any]:
    return {"title": title, "theme_description": theme, "photos": photos, "continues": continues}


def _said(*albums: dict[str, Any]) -> dict[str, Any]:
    return {"albums": list(albums)}


def _kept(shown: Sequence[UUID], *albums: dict[str, Any], known: int = 0) -> KeptAnswer:
    return checked(_said(*albums), shown, known)


def _shape(albums: list[Album]) -> list[tuple[str, list[int]]]:
    return [(album.title, [photo.int for photo in album.photo_ids]) for album in albums]


def test_a_good_answer_becomes_albums_in_its_order() -> None:
    kept = _kept(PHOTOS[:4], _album("Harbour", [3, 4], theme="Boats"), _album("Dinner", [1, 2]))
    merged = merge(PHOTOS[:4], [kept])
    assert _shape(merged.albums) == [("Harbour", [3, 4]), ("Dinner", [1, 2])]
    assert merged.albums[0].theme_description == "Boats"
    assert {album.curated_by for album in merged.albums} == {"gemini"}
    assert merged.unanswered == []


def test_photos_lie_as_they_are_given_whatever_order_the_model_used() -> None:
    kept = _kept(PHOTOS[:3], _album("Harbour", [3, 1, 2]))
    assert _shape(merge(PHOTOS[:3], [kept]).albums) == [("Harbour", [1, 2, 3])]
    assert _shape(merge([PHOTOS[2], PHOTOS[0], PHOTOS[1]], [kept]).albums) == [("Harbour", [3, 1, 2])]


def test_numbers_that_do_not_exist_are_dropped() -> None:
    kept = _kept(PHOTOS[:3], _album("Harbour", [0, -1, 1, 99, 10**30, True, 2.0, "2", None, [2]]))
    assert kept["albums"][0]["photos"] == [1]


def test_a_photo_named_twice_keeps_its_first_album() -> None:
    kept = _kept(PHOTOS[:3], _album("Harbour", [1, 2, 2]), _album("Dinner", [2, 3]))
    assert [album["photos"] for album in kept["albums"]] == [[1, 2], [3]]


def test_photos_left_out_of_any_batch_are_one_last_album() -> None:
    first, second = _kept(PHOTOS[:2], _album("Harbour", [1])), _kept(PHOTOS[2:4], _album("Dinner", [2]))
    merged = merge(PHOTOS[:4], [first, second])
    assert _shape(merged.albums) == [("Harbour", [1]), ("Dinner", [4]), (LEFT_OUT[0], [2, 3])]


def test_an_album_without_photos_is_none() -> None:
    kept = _kept(PHOTOS[:1], _album("Empty", []), _album("Late", [1]), _album("Too late", [1]))
    assert [album["title"] for album in kept["albums"]] == ["Late"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "albums",
        5,
        {},
        {"albums": None},
        {"albums": {}},
        {"albums": [1]},
        _said(),
        _said(_album("Foreign", [7])),
    ],
)
def test_an_answer_that_places_nothing_is_nonsense(answer: Any) -> None:
    with pytest.raises(NonsenseAnswer):
        checked(answer, PHOTOS[:3])


def test_a_later_batch_continues_an_album_by_its_number() -> None:
    first = _kept(PHOTOS[:2], _album("Harbour", [1]), _album("Dinner", [2]))
    so_far = albums_so_far([first])
    assert [album.title for album in so_far] == ["Harbour", "Dinner"]
    dessert, night = _album("Dessert", [1], continues=2), _album("Night", [2], continues=3)
    second = _kept(PHOTOS[2:4], dessert, night, known=len(so_far))
    assert [album["continues"] for album in second["albums"]] == [2, None]
    merged = merge(PHOTOS[:4], [first, second])
    assert _shape(merged.albums) == [("Harbour", [1]), ("Dinner", [2, 3]), ("Night", [4])]


def test_a_number_never_means_an_album_of_its_own_batch() -> None:
    kept = _kept(PHOTOS[:2], _album("Harbour", [1]), _album("Dinner", [2], continues=1), known=5)
    assert _shape(merge(PHOTOS[:2], [kept]).albums) == [("Harbour", [1]), ("Dinner", [2])]


def test_the_same_title_is_the_same_album_within_and_across_batches() -> None:
    first = _kept(PHOTOS[:2], _album("Straße", [1]), _album("STRASSE ", [2]))
    second = _kept(PHOTOS[2:3], _album("strasse", [1]))
    assert _shape(merge(PHOTOS[:3], [first, second]).albums) == [("Straße", [1, 2, 3])]


def test_albums_without_a_title_are_not_the_same_album() -> None:
    kept = _kept(PHOTOS[:3], _album("", [1]), _album(None, [2]), _album("\u202e \u200b", [3]))
    assert _shape(merge(PHOTOS[:3], [kept]).albums) == [(UNTITLED, [1]), (UNTITLED, [2]), (UNTITLED, [3])]


def test_photos_without_an_answer_come_back_and_the_others_are_merged() -> None:
    first, third = _kept(PHOTOS[:2], _album("Harbour", [1, 2])), _kept(PHOTOS[4:6], _album("Harbour", [1, 2]))
    merged = merge(PHOTOS[:8], [first, None, third])
    assert _shape(merged.albums) == [("Harbour", [1, 2, 5, 6])]
    assert merged.unanswered == [*PHOTOS[2:4], *PHOTOS[6:8]]
    assert [album.title for album in albums_so_far([None, first])] == ["Harbour"]


def test_a_photo_that_is_gone_since_changes_nothing_for_the_others() -> None:
    first = _kept(PHOTOS[:3], _album("Gone", [1]), _album("Dinner", [2, 3]))
    second = _kept(PHOTOS[3:5], _album("Late", [1], continues=2), _album("Night", [2]), known=2)
    merged = merge([PHOTOS[2], *PHOTOS[3:5]], [first, second])
    assert _shape(merged.albums) == [("Dinner", [3, 4]), ("Night", [5])]
    assert merged.unanswered == []


def test_what_is_no_kept_answer_of_this_form_is_none() -> None:
    kept: dict[str, Any] = {**_kept(PHOTOS[:2], _album("Harbour", [1, 2]))}
    for other in (
        {**kept, "version": 2},
        {**kept, "albums": []},
        {**kept, "photo_ids": "all"},
        {**kept, "photo_ids": ["1", "2"]},
        {**kept, "photo_ids": [1, None]},
        {"albums": kept["albums"]},
        "kept",
        7,
    ):
        assert merge(PHOTOS[:2], [other]) == ([], PHOTOS[:2])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  A day\n\tat the   sea ", "A day at the sea"),
        ("<script>alert(1)</script> & co", "<script>alert(1)</script> & co"),
        ("nul\x00 bell\x07 escape\x1b[31m", "nul bell escape[31m"),
        ("turned \u202eround\u202c\ufeff", "turned round"),
        ("half \ud83d pair", "half pair"),
        ("👩\u200d👧 می\u200cخواهم", "👩\u200d👧 می\u200cخواهم"),
        ("Cafe\u0301", "Café"),
        ("\u0301\u200d", ""),
        (" \n", ""),
        (12, ""),
        (None, ""),
    ],
)
def test_text_becomes_one_plain_line(said: Any, kept: str) -> None:
    assert plain(said, TITLE_LENGTH) == kept


def test_long_text_is_cut_between_words_where_it_can_be() -> None:
    assert plain("harbour " * 40, 20) == "harbour harbour…"
    assert plain("x" * 500, 20) == "x" * 19 + "…"
    assert len(plain("y" * 10_000_000, THEME_LENGTH)) == THEME_LENGTH


@given(st.text(st.characters(), max_size=200), st.integers(2, 150))
def test_a_line_is_bounded_visible_storable_and_stays_as_it_is(text: str, longest: int) -> None:
    line = plain(text, longest)
    assert len(line) <= longest
    assert plain(line, longest) == line
    assert "\x00" not in line
    line.encode()
    assert line == "" or not line.isspace()
    assert {unicodedata.category(char) for char in line}.isdisjoint({"Cc", "Cs"})


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
_NEARLY_AN_ALBUM = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Sea", "sea", "", "Dinner"]) | _JUNK,
        "theme_description": st.text(max_size=20) | _JUNK,
        "photos": st.lists(st.integers(-2, 12) | _JUNK, max_size=12) | _JUNK,
        "continues": st.integers(-1, 6) | _JUNK,
    },
)
_ANSWERS = _JUNK | st.fixed_dictionaries({"albums": st.lists(_NEARLY_AN_ALBUM | _JUNK, max_size=6)})


@given(st.lists(st.tuples(st.integers(1, 10), st.none() | _ANSWERS), max_size=5), st.sets(st.integers(0, 49)))
def test_whatever_is_said_no_photo_is_lost_or_doubled(said: list[tuple[int, Any]], gone: set[int]) -> None:
    answers: list[KeptAnswer | None] = []
    begin = 0
    for count, answer in said:
        try:
            kept = checked(answer, PHOTOS[begin : begin + count], len(albums_so_far(answers)))
        except NonsenseAnswer:
            kept = None
        assert json.loads(json.dumps(kept)) == kept
        answers.append(kept)
        begin += count
    photos = [photo for number, photo in enumerate(PHOTOS) if number not in gone]
    merged = merge(photos, answers)
    placed = [photo for album in merged.albums for photo in album.photo_ids]
    assert sorted([*placed, *merged.unanswered]) == photos
    for album in merged.albums:
        assert album.photo_ids
        assert 1 <= len(album.title) <= TITLE_LENGTH
        assert len(album.theme_description) <= THEME_LENGTH
        assert list(album.photo_ids) == sorted(album.photo_ids)


@given(st.lists(st.tuples(st.lists(st.sampled_from(PHOTOS[:6]), max_size=8), _ANSWERS), max_size=4))
def test_a_stored_answer_that_is_anything_and_photos_shown_twice_lose_and_double_nothing(
    said: list[tuple[list[UUID], Any]],
) -> None:
    answers = [
        {**answer, "version": 1, "photo_ids": [str(photo) for photo in shown]} if isinstance(answer, dict) else answer
        for shown, answer in said
    ]
    merged = merge(PHOTOS[:6], answers)
    placed = [photo for album in merged.albums for photo in album.photo_ids] + merged.unanswered
    assert sorted(placed) == PHOTOS[:6]
