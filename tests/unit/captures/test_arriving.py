"""What is believed of a photo's time, and what its place in storage says."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from captures.queries import arriving
from captures.service import reports
from darkroom import ids, storage

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES))
def test_a_photos_time_can_always_be_kept_and_is_not_to_come(taken_at: datetime) -> None:
    believed = reports.believable(taken_at, NOW)
    assert datetime(1970, 1, 1, tzinfo=UTC) <= believed <= NOW + timedelta(minutes=5)
    assert believed.astimezone(UTC)
    if datetime(1970, 1, 1, tzinfo=UTC) <= taken_at <= NOW:
        assert believed == taken_at


def test_an_images_id_is_that_of_its_place() -> None:
    for content_type in storage.PHOTO_TYPES:
        key = storage.new_key("captures", ids.new_id(), content_type)
        assert f"/{arriving.image_id_of(key)}." in key
