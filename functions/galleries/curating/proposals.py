"""What the vision model proposes for photos, and what we make of it.

The model knows photos and albums by numbers that begin with 1, never by an id, and its answer is a stranger's word:
`checked` keeps what makes sense of it, and `merge` makes albums of what was kept. Whatever it says, every photo ends in
one album or comes back to the caller, and nothing but a title and a description gets through.

A kept answer names the photos that it is about, because between the answer and the albums a photo may be deleted or put
into another album, and numbers alone would then mean its neighbours.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict, TypeGuard
from uuid import UUID

from galleries.curating.photos import THEME_LENGTH, TITLE_LENGTH, Album

CURATOR = "gemini"
VERSION = 1
"""Of the kept form. An answer in another one is as good as none."""
UNTITLED = "Untitled album"
LEFT_OUT = ("More photos", "Photos that belong to none of the other albums.")

_READ_AT_MOST = 20_000  # of one text: there is no end to what can be said
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs"})  # controls, what turns or hides text, and what is no character
_JOINERS = "\u200c\u200d"  # of the dropped ones those that scripts and emoji are spelled with


class NonsenseAnswer(Exception):
    """The answer puts no photo into any album."""


class KeptAlbum(TypedDict):
    title: str
    """Empty when the model gave none."""
    theme_description: str
    photos: list[int]
    continues: int | None
    """The number of an album that earlier batches made."""


class KeptAnswer(TypedDict):
    """What is stored of an answer. It is JSON."""

    version: int
    photo_ids: list[str]
    """In the order in which they were shown: the first one is number 1."""
    albums: list[KeptAlbum]


class Merged(NamedTuple):
    albums: list[Album]
    unanswered: list[UUID]
    """Photos that no answer is about."""


@dataclass(slots=True)
class _Growing:
    title: str
    theme_description: str
    photo_ids: list[UUID] = field(default_factory=list)


def checked(answer: object, shown: Sequence[UUID], known: int = 0) -> KeptAnswer:
    """What is kept of an answer about photos in this order, given with `known` albums so far. Raises NonsenseAnswer."""
    said = answer.get("albums") if isinstance(answer, dict) else None
    free = set(range(1, len(shown) + 1))
    albums: list[KeptAlbum] = []
    for album in said if isinstance(said, list) else ():
        if not isinstance(album, dict):
            continue
        photos = sorted(_taken(album.get("photos"), free))
        if not photos:
            continue
        number = album.get("continues")
        albums.append(
            {
                "title": plain(album.get("title"), TITLE_LENGTH),
                "theme_description": plain(album.get("theme_description"), THEME_LENGTH),
                "photos": photos,
                "continues": number if _is_number(number) and 1 <= number <= known else None,
            }
        )
    if not albums:
        raise NonsenseAnswer("the answer puts no photo into any album")
    return {"version": VERSION, "photo_ids": [str(photo) for photo in shown], "albums": albums}


def merge(photos: Sequence[UUID], answers: Iterable[Any]) -> Merged:
    """Albums of these photos, by the kept answers in the order of their batches (None: the model failed for good).

    Albums come in the order in which batches began them, photos in each as in `photos`, whatever order the model named
    them in. What the model left out is one more album at the end; photos without an answer come back.
    """
    growing, left_out = _grow(answers)
    order = {photo: place for place, photo in enumerate(photos)}
    answered = left_out.union(*(album.photo_ids for album in growing))
    found = [(album.title, album.theme_description, album.photo_ids) for album in growing]
    albums = []
    for title, theme, members in [*found, (*LEFT_OUT, left_out)]:
        here = sorted((photo for photo in members if photo in order), key=order.__getitem__)
        if here:
            albums.append(Album(title, theme, tuple(here), CURATOR))
    return Merged(albums, [photo for photo in order if photo not in answered])


def albums_so_far(answers: Iterable[Any]) -> list[Album]:
    """The albums that the next batch may continue, numbered from 1 in this order, by all the earlier answers."""
    growing, _ = _grow(answers)
    return [Album(album.title, album.theme_description, tuple(album.photo_ids), CURATOR) for album in growing]


def plain(text: object, longest: int) -> str:
    """One line of plain text that somebody can see, or nothing. Markup is text like any other."""
    if not isinstance(text, str):
        return ""
    spaced = (" " if char.isspace() else char for char in text[:_READ_AT_MOST])
    seen = "".join(char for char in spaced if char in _JOINERS or unicodedata.category(char) not in _DROPPED)
    line = " ".join(unicodedata.normalize("NFC", seen).split())
    if not any(unicodedata.category(char)[0] in "LNPS" for char in line):
        return ""
    return line if len(line) <= longest else _shortened(line, longest)


def _shortened(line: str, longest: int) -> str:
    """Cut between words where there is a place for it."""
    cut = line[: longest - 1]
    between = cut.rfind(" ")
    return cut[: between if between > longest // 2 else None].rstrip() + "…"


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _taken(numbers: object, free: set[int]) -> Iterator[int]:
    """Those numbers that are free; from then on they are not."""
    for number in numbers if isinstance(numbers, list) else ():
        if _is_number(number) and number in free:
            free.remove(number)
            yield number


def _grow(answers: Iterable[Any]) -> tuple[list[_Growing], set[UUID]]:
    """The albums of all answers, and the photos that the model left out."""
    albums: list[_Growing] = []
    titled: dict[str, _Growing] = {}
    left_out: set[UUID] = set()
    seen: set[UUID] = set()
    for kept in answers:
        shown, answer = _reread(kept, len(albums))
        free = _numbered(shown, seen)
        earlier = tuple(albums)
        for proposal in answer["albums"] if answer else ():
            photos = [free.pop(number) for number in proposal["photos"] if number in free]
            album = _continued(proposal, earlier, titled)
            if album is None:
                album = _Growing(proposal["title"] or UNTITLED, proposal["theme_description"])
                albums.append(album)
                if proposal["title"]:
                    titled[proposal["title"].casefold()] = album
            album.photo_ids += photos
        left_out.update(free.values())
    return albums, left_out


def _reread(kept: Any, known: int) -> tuple[Sequence[UUID], KeptAnswer | None]:
    """The photos and what was said of them; nothing when it is no kept answer of this form."""
    if not isinstance(kept, dict) or kept.get("version") != VERSION or not isinstance(kept.get("photo_ids"), list):
        return (), None
    try:
        shown = [UUID(photo) for photo in kept["photo_ids"]]
        return shown, checked(kept, shown, known)
    except (NonsenseAnswer, ValueError, AttributeError, TypeError):
        return (), None


def _numbered(shown: Sequence[UUID], seen: set[UUID]) -> dict[int, UUID]:
    """The photos by their numbers, without those that were seen before: each is placed once."""
    numbered = {}
    for number, photo in enumerate(shown, start=1):
        if photo not in seen:
            seen.add(photo)
            numbered[number] = photo
    return numbered


def _continued(proposal: KeptAlbum, earlier: Sequence[_Growing], titled: dict[str, _Growing]) -> _Growing | None:
    """The album that these photos join: the one that is named, or else one with this title."""
    if proposal["continues"] is not None:
        return earlier[proposal["continues"] - 1]
    return titled.get(proposal["title"].casefold())
