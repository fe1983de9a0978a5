"""Which files can be brought. What a file is, is read from its first bytes; its name and ending are never asked."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

BYTES_MAX: Final = 50_000_000
_CHUNK: Final = 1 << 20
_TAKEN: Final = "JPEG, PNG, WebP and HEIC photos are taken"

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
# What lies beside photos and is none, so that the reason can name it.
_OTHERS: Final = (
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF or raw camera file"),
    (0, b"MM\0*", "a TIFF or raw camera file"),
    (0, b"FUJIFILM", "a raw camera file"),
    (8, b"crx ", "a raw camera file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\3\4", "an archive or a document"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (8, b"avif", "an AVIF picture"),
    (8, b"avis", "an AVIF animation"),
    (4, b"ftyp", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (8, b"AVI ", "a video"),
)


class NotAPhoto(Exception):
    """A file that cannot be brought; `reason` says why, to follow its name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Photo:
    """A file that can be brought, as it was when it was looked at."""

    path: Path
    size: int
    mtime_ns: int
    content_type: str

    @property
    def name(self) -> str:
        """What the server is told the file is called: printable text, and not too long."""
        text = self.path.name.encode(errors="replace").decode(errors="replace")
        return "".join(char if char.isprintable() else "_" for char in text)[-255:]

    def has_changed(self) -> bool:
        """Whether the file is another one by now."""
        try:
            now = self.path.stat()
        except OSError:
            return True
        return (now.st_size, now.st_mtime_ns) != (self.size, self.mtime_ns)

    def sha256(self) -> str:
        """The hash of its bytes, read in pieces."""
        hashed = hashlib.sha256()
        with self.path.open("rb") as file:
            while piece := file.read(_CHUNK):
                hashed.update(piece)
        return hashed.hexdigest()


def look(path: Path) -> Photo:
    """The photo in this file; NotAPhoto says why there is none."""
    try:
        # A pipe would wait here for somebody to write; it is looked at without waiting and then turned away.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            return _look(path, file)
    except OSError as error:
        raise NotAPhoto(f"cannot be read: {(error.strerror or str(error)).lower()}") from None


def _look(path: Path, file: BinaryIO) -> Photo:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise NotAPhoto("is no file")
    if found.st_size == 0:
        raise NotAPhoto("is empty")
    content_type = type_of(file.read(32))
    if found.st_size > BYTES_MAX:
        raise NotAPhoto(f"has {found.st_size:,} bytes; a photo has at most {BYTES_MAX:,}")
    return Photo(path.absolute(), found.st_size, found.st_mtime_ns, content_type)


def type_of(start: bytes) -> str:
    """The content type of a file that begins so; NotAPhoto when it is none that is taken."""
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if start[4:12] == b"ftypmif1":
        return "image/heif"
    for offset, signature, words in _OTHERS:
        if start[offset:].startswith(signature):
            raise NotAPhoto(f"is {words}; {_TAKEN}")
    raise NotAPhoto(f"is no photo; {_TAKEN}")
