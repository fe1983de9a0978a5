"""The file in a multipart form, cut out of the bytes: Python's own parser for mails takes a photo apart into lines."""

import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";]+)"?', re.IGNORECASE)
_CONTENT = re.compile(
    rb'^content-disposition:.*\bname="content"(?:.*\bfilename="([^"]*)")?', re.IGNORECASE | re.MULTILINE
)
_TYPE = re.compile(rb"^content-type:\s*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class UploadedFile:
    name: str
    content_type: str
    content: bytes


def file_of(content_type: str, body: bytes) -> UploadedFile | None:
    """What the field `content` holds."""
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        return None
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:]:
        head, end, content = part.partition(b"\r\n\r\n")
        field = _CONTENT.search(head)
        if end and field:
            kind = _TYPE.search(head)
            return UploadedFile(
                (field[1] or b"file").decode(errors="replace"),
                kind[1].decode("latin-1") if kind else "application/octet-stream",
                content,
            )
    return None
