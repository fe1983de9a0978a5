"""Where photos of orders lie: the storage structure that operators and outside checks know."""

from datetime import UTC, datetime
from uuid import UUID

from restorations import keys

ORDER = UUID("0199c2a0-0000-7000-8000-000000000001")
UPLOAD = UUID("0199c2a0-0000-7000-8000-000000000002")


def test_the_structure_of_the_design() -> None:
    assert keys.temp(ORDER, UPLOAD, "image/heif") == f"uploads/temp/{ORDER}/{UPLOAD}.heic"
    assert keys.original(ORDER, 1, "image/jpeg") == f"uploads/originals/{ORDER}/IMG_001_original.jpg"
    assert keys.restored(ORDER, 50, "image/png") == f"uploads/restored/{ORDER}/IMG_050_restored.png"
    at = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert keys.archive(ORDER, at) == f"downloads/{ORDER}/20261126T093000000000Z_all_photos.zip"


def test_a_preview_does_not_lie_where_storage_tells_of_uploads() -> None:
    assert not keys.preview(ORDER, UPLOAD).startswith(keys.TEMP)


def test_what_nobody_has_judged_is_not_where_restored_photos_are() -> None:
    assert keys.result(ORDER, 1, 2) != keys.restored(ORDER, 1, "image/jpeg")
    assert keys.result(ORDER, 1, 1) != keys.result(ORDER, 1, 2)


def test_what_lies_in_temp_says_whose_it_is() -> None:
    assert keys.of_temp(keys.temp(ORDER, UPLOAD, "image/heic")) == (ORDER, UPLOAD)
    assert keys.of_temp(keys.original(ORDER, 1, "image/jpeg")) is None
    assert keys.of_temp(f"uploads/temp/{ORDER}/../{UPLOAD}.jpg") is None
