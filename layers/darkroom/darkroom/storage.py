"""Bytes in S3. People reach them by signed URLs only, and workers through boto3, imported when a worker needs it.

An upload's URL pins the key, the content type and the exact length, and works only while nothing is stored under the
key: what was inspected cannot be replaced afterwards. Keys are made here and never of file names. A read's URL is
signed at a rounded time, so that for some minutes a photo keeps its URL and caches can keep the photo.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import quote
from uuid import UUID

from darkroom import aws, clock, ids
from darkroom.errors import BadRequest, FieldError, Problem, TooLarge, UnsupportedMediaType
from darkroom.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PHOTO_TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heic",
}
PHOTO_BYTES_MAX = 50_000_000

UPLOAD_SECONDS = 300
READ_SECONDS = 3600
_READ_ROUNDING_SECONDS = 300
_KEPT_FOR_GOOD = "private, max-age=31536000, immutable"  # what lies under a key never changes

_CHUNK = 1 << 20
PART_BYTES = 8 << 20  # S3 takes parts from 5 MiB on
PARTS_MAX = 10_000  # S3's own
_DELETED_AT_ONCE = 1_000

NAME_LENGTH = 120
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*%\x00-\x1f\x7f]')
_RESERVED_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class Missing(LookupError):
    """Nothing is stored under this key."""


class TooMuch(ValueError):
    """The object has more bytes than its reader takes."""


class UploadGone(LookupError):
    """An upload in parts is not there any more: it was finished, or given up."""


class Announced(Protocol):
    """What a client says about a photo before it brings it."""

    @property
    def content_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """How to bring one file: PUT to the URL with these headers and exactly the bytes that were announced."""

    storage_key: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "PUT"
    expires_in: int = UPLOAD_SECONDS


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size_bytes: int
    content_type: str
    etag: str


def check_photo(content_type: str, size_bytes: int) -> None:
    """Refuses an announced photo that could not be taken anyway: another type is 415, too many bytes 413."""
    if content_type not in PHOTO_TYPES:
        raise UnsupportedMediaType(f"Photos are taken as {', '.join(PHOTO_TYPES)}.")
    if size_bytes > PHOTO_BYTES_MAX:
        raise TooLarge(f"A photo has at most {PHOTO_BYTES_MAX:,} bytes.")
    if size_bytes < 1:
        raise BadRequest("An empty file is no photo.")


def check_photos(photos: Iterable[Announced]) -> None:
    """As `check_photo`, for the `files` of a request: one that could not be taken refuses the whole call."""
    for position, photo in enumerate(photos):
        try:
            check_photo(photo.content_type, photo.size_bytes)
        except Problem as refused:
            raise type(refused)(refused.detail, fields=[FieldError(f"files.{position}", refused.detail)]) from None


def new_key(folder: str, owner_id: UUID, content_type: str) -> str:
    """A fresh key for a photo: `uploads/{owner}/{id}.jpg`."""
    return f"{folder}/{owner_id}/{ids.new_id()}.{PHOTO_TYPES[content_type]}"


def upload_url(key: str, content_type: str, size_bytes: int, expires: int = UPLOAD_SECONDS) -> Upload:
    """The length is signed but not among the headers to send: every client sets it by itself, and browsers insist."""
    headers = {"Content-Type": content_type, "If-None-Match": "*"}
    signed = {**headers, "Content-Length": str(size_bytes)}
    return Upload(key, aws.presign("PUT", key, expires=expires, headers=signed), headers, expires_in=expires)


def read_url(key: str, download_name: str | None = None) -> str:
    """A URL that shows the object for about an hour, or with a name downloads it as a file of that name."""
    query = {"response-content-disposition": attachment(download_name)} if download_name else None
    return aws.presign("GET", key, expires=READ_SECONDS, query=query, at=_rounded(clock.now()))


def picture_url(key: str) -> str:
    """As `read_url`, for pictures that many look at: through the CDN, where there is one. It keeps what it has fetched
    under the whole address, signature included, and storage is who checks that (infra/web.yaml)."""
    url, origin = read_url(key), settings().pictures_origin
    return f"{origin}/{url.split('/', 3)[3]}" if origin else url


def read_expires_at() -> datetime:
    """When a URL that `read_url` signs now stops working."""
    return _rounded(clock.now()) + timedelta(seconds=READ_SECONDS)


def attachment(name: str) -> str:
    """A Content-Disposition (RFC 6266) that saves as this name, once in ASCII and once as it is (RFC 8187)."""
    safe = safe_name(name)
    stem, dot, extension = safe.rpartition(".") if "." in safe else (safe, "", "")
    plain = safe_name(_ascii(stem))
    if _ascii(extension):
        plain += dot + _ascii(extension)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip(" .")


def safe_name(name: str, fallback: str = "photo") -> str:
    """A person's file name as it may be shown and saved: no path, no control or direction characters, not too long."""
    visible = "".join(char for char in unicodedata.normalize("NFC", name) if unicodedata.category(char)[0] != "C")
    cleaned = " ".join(_FORBIDDEN_IN_NAMES.sub("_", visible).split()).strip(" .")
    if len(cleaned) > NAME_LENGTH:
        stem, dot, extension = cleaned.rpartition(".")
        ending = dot + extension if stem and len(extension) <= 10 else ""
        cleaned = cleaned[: NAME_LENGTH - len(ending)].rstrip(" .") + ending
    return f"_{cleaned}" if _RESERVED_NAMES.match(cleaned) else cleaned or fallback


def head(key: str) -> Stored | None:
    """What is stored under a key, or None."""
    s3, bucket = _s3()
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except s3.exceptions.ClientError as error:
        if _status(error) == 404:
            return None
        raise
    return Stored(key, found["ContentLength"], found["ContentType"], found["ETag"].strip('"'))


def sizes(keys: Sequence[str]) -> dict[str, int]:
    """Which of these keys hold something, and how much. They are listed rather than asked for one by one: keys of one
    person's uploads lie beside each other, so that 500 of them cost one call or two. No boto3: requests call this."""
    found: dict[str, int] = {}
    for folder, some in _by_folder(keys).items():
        wanted, after = set(some), min(some)[:-1]
        while True:
            page, more = aws.list_objects(settings().uploads_bucket, folder, after)
            found |= {key: size for key, size in page if key in wanted}
            if not more or not page or page[-1][0] >= max(some):
                break
            after = page[-1][0]
    return found


def _by_folder(keys: Sequence[str]) -> dict[str, list[str]]:
    folders: dict[str, list[str]] = {}
    for key in keys:
        folders.setdefault(key[: key.rindex("/") + 1], []).append(key)
    return folders


def download(key: str, file: BinaryIO, at_most: int = PHOTO_BYTES_MAX) -> None:
    """The whole object into a file, a piece at a time."""
    size = 0
    for piece in stream(key):
        size += len(piece)
        if size > at_most:
            raise TooMuch(f"{key} has more than {at_most} bytes")
        file.write(piece)


def read(key: str, at_most: int = PHOTO_BYTES_MAX) -> bytes:
    """The whole object; more than `at_most` bytes are refused before they are in memory."""
    body = _body(key)
    content: bytes = body.read(at_most + 1)
    body.close()
    if len(content) > at_most:
        raise TooMuch(f"{key} has more than {at_most} bytes")
    return content


def stream(key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The object, or its bytes from `start` up to `stop` as far as there are any, in pieces of a megabyte."""
    whole = stop is None and not start
    body = _body(key, None if whole else f"bytes={start}-{'' if stop is None else stop - 1}")
    if body is None:
        return
    try:
        yield from body.iter_chunks(_CHUNK)
    finally:
        body.close()


def opened(key: str) -> Iterator[bytes]:
    """As `stream`, but asked for at once: what is not there is Missing here, and not when reading has begun."""
    pieces = stream(key)
    return chain([next(pieces, b"")], pieces)


def write(key: str, content: bytes, content_type: str) -> None:
    """Stores an object of ours. Repeating it stores the same again."""
    s3, bucket = _s3()
    s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type, CacheControl=_KEPT_FOR_GOOD)


def write_stream(key: str, pieces: Iterable[bytes], content_type: str) -> int:
    """Stores an object of any size with the memory of one part, and returns its size. All of it or nothing."""
    upload_id = begin_parts(key, content_type)
    try:
        etags: list[str] = []
        size = 0
        for part in _parts(pieces):
            etags.append(write_part(key, upload_id, len(etags) + 1, part))
            size += len(part)
        finish_parts(key, upload_id, etags)
    except BaseException:
        abandon_parts(key, upload_id)
        raise
    return size


def begin_parts(key: str, content_type: str) -> str:
    """Begins an upload in parts and returns its id. Nothing lies under the key until it is finished."""
    s3, bucket = _s3()
    begun = s3.create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type, CacheControl=_KEPT_FOR_GOOD)
    return str(begun["UploadId"])


def write_part(key: str, upload_id: str, number: int, content: bytes) -> str:
    """Stores a part (from 1 on) and returns its etag. Repeating it stores the same again."""
    s3, bucket = _s3()
    with _upload_must_be_there(upload_id):
        sent = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=content)
    return str(sent["ETag"])


def finish_parts(key: str, upload_id: str, etags: Sequence[str]) -> None:
    """Makes the object of its parts, which were given as many etags."""
    s3, bucket = _s3()
    parts: list[CompletedPartTypeDef] = [{"ETag": etag, "PartNumber": n} for n, etag in enumerate(etags, start=1)]
    with _upload_must_be_there(upload_id):
        s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts})


def abandon_parts(key: str, upload_id: str) -> None:
    """Gives an upload up; one that is gone already is no error."""
    s3, bucket = _s3()
    with suppress(UploadGone), _upload_must_be_there(upload_id):
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)


@contextmanager
def _upload_must_be_there(upload_id: str) -> Iterator[None]:
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchUpload":
            raise UploadGone(upload_id) from None
        raise


def copy(source: str, target: str, content_type: str) -> None:
    """Copies an object inside the storage, whose bytes come nowhere near. Repeating it copies the same again."""
    s3, bucket = _s3()
    try:
        s3.copy_object(
            Bucket=bucket,
            Key=target,
            CopySource={"Bucket": bucket, "Key": source},
            ContentType=content_type,
            CacheControl=_KEPT_FOR_GOOD,
            MetadataDirective="REPLACE",
        )
    except s3.exceptions.ClientError as error:
        if _status(error) == 404:
            raise Missing(source) from None
        raise


def delete_many(keys: Sequence[str]) -> None:
    """Removes objects; those that are gone already are no error."""
    s3, bucket = _s3()
    for start in range(0, len(keys), _DELETED_AT_ONCE):
        some = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise RuntimeError(f"{len(answer['Errors'])} objects were not deleted: {first['Key']}: {first['Code']}")


def keys_under(prefix: str) -> Iterator[str]:
    """Every key that begins so."""
    s3, bucket = _s3()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", []))


def _s3() -> tuple[Any, str]:
    from darkroom import clients

    return clients.s3(), settings().uploads_bucket


def _body(key: str, bytes_range: str | None = None) -> Any:
    """None when the range begins behind the object's end."""
    s3, bucket = _s3()
    part = {"Range": bytes_range} if bytes_range else {}
    try:
        return s3.get_object(Bucket=bucket, Key=key, **part)["Body"]
    except s3.exceptions.NoSuchKey:
        raise Missing(key) from None
    except s3.exceptions.ClientError as error:
        if bytes_range and _status(error) == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return None
        raise


def _status(error: Any) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Regroups pieces to parts; the last one may be small, and there is always one."""
    held = bytearray()
    sent = False
    for piece in pieces:
        held += piece
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
            sent = True
    if held or not sent:
        yield bytes(held)


def _rounded(moment: datetime) -> datetime:
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % _READ_ROUNDING_SECONDS, UTC)
