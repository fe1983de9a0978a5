"""What photos are called when they are saved."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from darkroom import storage
from restorations import naming
from restorations.queries.photos import Photo

names = st.text(min_size=1, max_size=300)


def photo(filename: str, **changes: Any) -> Photo:
    fields = dict.fromkeys(Photo._fields) | {"filename": filename, "position": 7, "restored_type": "image/jpeg"}
    return Photo(**(fields | changes))  # type: ignore[arg-type]


def test_the_ending_is_that_of_what_it_is() -> None:
    assert naming.restored(photo("Sea.heic")) == "Sea_restored.jpg"
    assert naming.restored(photo("Sea.jpg", restored_type="image/png")) == "Sea_restored.png"


def test_a_name_of_nothing_is_a_number() -> None:
    assert naming.restored(photo(" .. .jpg")) == "IMG_007_restored.jpg"


@given(filename=names)
def test_whatever_a_file_is_called_it_can_be_saved(filename: str) -> None:
    name = naming.restored(photo(storage.safe_name(filename)))
    assert storage.safe_name(name) == name
    assert name.endswith("_restored.jpg")
    assert len(name) <= storage.NAME_LENGTH


@given(filenames=st.lists(st.sampled_from(["a.jpg", "A.JPG", "a (2).jpg", "ä.png", "Ä.webp", "b"]), max_size=12))
def test_no_two_are_called_alike(filenames: list[str]) -> None:
    made = naming.apart(naming.restored(photo(filename)) for filename in filenames)
    assert len({name.casefold() for name in made}) == len(filenames)
    assert all(name.endswith(".jpg") for name in made)
    assert naming.apart(made) == made
