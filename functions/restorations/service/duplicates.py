"""The same bytes twice among the files of a session: the later file names the first, and who brought them decides."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID


class File(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def sha256(self) -> bytes | None: ...


def firsts(files: Iterable[File]) -> dict[UUID, UUID]:
    """For each photo that was there already, its first file; files come in their order."""
    first: dict[bytes, UUID] = {}
    found = {}
    for file in files:
        if file.status == "valid" and file.sha256 is not None:
            known = first.setdefault(file.sha256, file.id)
            if known != file.id:
                found[file.id] = known
    return found
