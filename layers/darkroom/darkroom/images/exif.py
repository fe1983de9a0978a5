"""The few things that a photo says about itself and that anybody here asks for: when, where, which way is up.

Whatever a camera or an editor wrote wrongly is treated as not written at all: metadata never refuses a photo.
"""

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

_ORIENTATION = 0x0112
_EXIF_PART = 0x8769
_GPS_PART = 0x8825
# (part, time, offset): when it was taken, when it was scanned, when the file was written
_ORIGINAL, _DIGITIZED, _WRITTEN = (0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010)
_offset = re.compile(r"([+-])(\d{2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Metadata:
    orientation: int = 1
    """1..8 as EXIF counts; 1 is upright."""
    taken_at: datetime | None = None
    """Exact when the offset is known; otherwise the wall time as given, marked UTC."""
    taken_at_offset: str | None = None
    gps: tuple[float, float] | None = None
    """Latitude and longitude. For the owner's eyes only."""


def read_metadata(image: "Image") -> Metadata:
    try:
        with warnings.catch_warnings(action="ignore"):
            exif = image.getexif()
            written, taken, place = dict(exif), exif.get_ifd(_EXIF_PART), exif.get_ifd(_GPS_PART)
    except Exception:  # noqa: BLE001 - a malformed block raises whatever its bytes lead to; it means "not written"
        return Metadata()
    taken_at, offset = _time(written, taken)
    orientation = written.get(_ORIENTATION)
    return Metadata(
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        taken_at=taken_at,
        taken_at_offset=offset,
        gps=_place(place),
    )


def _time(written: Mapping[int, Any], taken: Mapping[int, Any]) -> tuple[datetime | None, str | None]:
    for part, (time_tag, offset_tag) in ((taken, _ORIGINAL), (taken, _DIGITIZED), (written, _WRITTEN)):
        wall = _wall_time(part.get(time_tag))
        if wall is None:
            continue
        offset = _offset.fullmatch(_text(taken.get(offset_tag)))
        if offset is None:
            return wall.replace(tzinfo=UTC), None
        sign, hours, minutes = offset.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        if ahead > timedelta(hours=14) or int(minutes) > 59:
            return wall.replace(tzinfo=UTC), None
        try:
            return wall.replace(tzinfo=timezone(-ahead if sign == "-" else ahead)).astimezone(UTC), offset.group()
        except OverflowError:
            return None, None
    return None, None


def _wall_time(value: object) -> datetime | None:
    try:
        return datetime.strptime(_text(value)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone is told apart
    except ValueError:
        return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return value.strip("\0 ") if isinstance(value, str) else ""


def _place(part: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(part.get(1), part.get(2), "N", "S", 90)
    longitude = _degrees(part.get(3), part.get(4), "E", "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):  # what a phone without a fix writes
        return None
    return latitude, longitude


def _degrees(reference: object, value: object, positive: str, negative: str, limit: int) -> float | None:
    sign = {positive: 1, negative: -1}.get(_text(reference).upper())
    if sign is None or not isinstance(value, tuple) or len(value) != 3:
        return None
    try:
        degrees, minutes, seconds = map(float, value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    total = degrees + minutes / 60 + seconds / 3600
    return sign * round(total, 7) if math.isfinite(total) and 0 <= total <= limit else None
