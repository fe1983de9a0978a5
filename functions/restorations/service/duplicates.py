"""The same bytes twice among the files of a session: the first of them is the photo.

Whoever wants it restored twice says so at checkout. It is looked for whenever files are read, so that a file whose twin
is left out is a photo again.
"""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID


class File(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def filename(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def sha256(self) -> bytes | None: ...


def found(files: Iterable[File]) -> dict[UUID, str]:
    """Why a file is no further photo, for the person; files come in their order."""
    first: dict[bytes, File] = {}
    reasons = {}
    for file in files:
        if file.status == "valid" and file.sha256 is not None:
            known = first.setdefault(file.sha256, file)
            if known is not file:
                reasons[file.id] = f"This is the same photo as “{known.filename}”, which is ordered once."
    return reasons
