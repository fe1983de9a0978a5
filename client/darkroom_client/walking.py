"""Which files are meant by the paths on a command line: files as they are named, folders with all that is in them."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Problem = Callable[[Path, str], None]


def walk(paths: Iterable[Path], unreadable: Problem) -> Iterator[Path]:
    """Each file once, folders in the order of their names. Hidden files count only when they are named themselves, and
    links to folders are not followed, so that no circle is walked."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        for file in _files(path, unreadable) if path.is_dir() else (path,):
            try:
                found = file.stat()
            except OSError as error:
                unreadable(file, f"cannot be read: {(error.strerror or str(error)).lower()}")
                continue
            identity = (found.st_dev, found.st_ino)
            if identity not in seen:
                seen.add(identity)
                yield file


def _files(folder: Path, unreadable: Problem) -> Iterator[Path]:
    def tell(error: OSError) -> None:
        unreadable(Path(error.filename), f"cannot be read: {(error.strerror or str(error)).lower()}")

    for here, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("."))
