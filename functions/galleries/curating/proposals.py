"""What the vision model proposes for photos, and what we make of it.

The model knows photos and albums by numbers that begin with 1, never by an id, and its answer is a stranger's word:
`checked` keeps what makes sense of it, and `merge` makes albums of what was kept. Whatever it says, every photo ends in
one album or comes back to the caller, and nothing but a title and a description gets through.
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
    """What is stored of an answer."""

    version: int
    shown: int
    albums: list[KeptAlbum]


Batch = tuple[Sequence[UUID], Any]
"""Photos in the order in which they were shown, and the kept answer; None when the model failed for good."""


class Merged(NamedTuple):
    albums: list[Album]
    unanswered: list[UUID]
    """Photos of batches without an answer."""


@dataclass(slots=True)
class _Growing:
    title: str
    theme_description: str
    photo_ids: list[UUID] = field(default_factory=list)

    def album(self) -> Album:
        return Album(self.title, self.theme_description, tuple(self.photo_ids), CURATOR)


def checked(answer: object, shown: int, known: int = 0) -> KeptAnswer:
    """What is kept of an answer about `shown` photos, given with `known` albums so far. Raises NonsenseAnswer."""
    said = answer.get("albums") if isinstance(answer, dict) else None
    free = set(range(1, shown + 1))
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
    return {"version": VERSION, "shown": shown, "albums": albums}


def merge(batches: Iterable[Batch]) -> Merged:
    """The albums of all batches, those of the first one first. What the model left out is one more album at the end.

    Photos lie in an album as they were shown, whatever order the model named them in.
    """
    growing, left_out, unanswered = _grow(batches)
    albums = [each.album() for each in growing]
    if left_out:
        albums.append(Album(*LEFT_OUT, tuple(left_out), CURATOR))
    return Merged(albums, unanswered)


def albums_so_far(batches: Iterable[Batch]) -> list[Album]:
    """The albums that a later batch may continue, numbered from 1 in this order. `batches` are all the earlier ones."""
    return [each.album() for each in _grow(batches)[0]]


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


def _grow(batches: Iterable[Batch]) -> tuple[list[_Growing], list[UUID], list[UUID]]:
    """Albums, photos that the model left out, and photos without an answer."""
    albums: list[_Growing] = []
    titled: dict[str, _Growing] = {}
    left_out: list[UUID] = []
    unanswered: list[UUID] = []
    seen: set[UUID] = set()
    for shown, kept in batches:
        free = _numbered(shown, seen)
        answer = _reread(kept, len(shown), len(albums))
        if answer is None:
            unanswered += free.values()
            continue
        earlier = tuple(albums)
        for proposal in answer["albums"]:
            photos = [free.pop(number) for number in proposal["photos"] if number in free]
            if not photos:
                continue
            album = _continued(proposal, earlier, titled)
            if album is None:
                album = _Growing(proposal["title"] or UNTITLED, proposal["theme_description"])
                albums.append(album)
                if proposal["title"]:
                    titled[proposal["title"].casefold()] = album
            album.photo_ids += photos
        left_out += free.values()
    return albums, left_out, unanswered


def _numbered(shown: Sequence[UUID], seen: set[UUID]) -> dict[int, UUID]:
    """The photos by their numbers, without those that were seen before: each is placed once."""
    numbered = {}
    for number, photo in enumerate(shown, start=1):
        if photo not in seen:
            seen.add(photo)
            numbered[number] = photo
    return numbered


def _reread(kept: Any, shown: int, known: int) -> KeptAnswer | None:
    """A kept answer, if it is about these photos."""
    if not isinstance(kept, dict) or (kept.get("version"), kept.get("shown")) != (VERSION, shown):
        return None
    try:
        return checked(kept, shown, known)
    except NonsenseAnswer:
        return None


def _continued(proposal: KeptAlbum, earlier: Sequence[_Growing], titled: dict[str, _Growing]) -> _Growing | None:
    """The album that these photos join: the one that is named, or else one with this title."""
    if proposal["continues"] is not None:
        return earlier[proposal["continues"] - 1]
    return titled.get(proposal["title"].casefold())
