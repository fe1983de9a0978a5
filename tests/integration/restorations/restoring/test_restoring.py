"""A paid order comes out restored."""

from darkroom import images
from restorations import keys
from tests.factories import photos as factory
from tests.integration.restorations.restoring.conftest import Restoring, old_photo


def test_a_paid_order_is_restored_and_completed(restoring: Restoring) -> None:
    order = restoring.paid(2)
    restoring.run()
    photos = restoring.photos(order)
    assert [photo["status"] for photo in photos] == ["completed", "completed"]
    assert restoring.status(order) == "completed"
    for photo in photos:
        content = restoring.bucket.objects[photo["restored_key"]]
        found = images.inspect(content)
        assert (photo["restored_bytes"], photo["restored_crc32"]) == (len(content), found.crc32)
        assert photo["progress"] == 100
        assert photo["restored_key"] == f"uploads/restored/{order.id}/IMG_{photo['position']:03}_restored.png"
        assert photo["original_key"] == f"uploads/originals/{order.id}/IMG_{photo['position']:03}_original.jpg"
        for edge in keys.EDGES:
            assert keys.original_view(photo["id"], edge) in restoring.bucket.objects
            assert keys.restored_view(photo["id"], edge) in restoring.bucket.objects
    assert restoring.settled == [(order.id, 2)]
    (mail,) = restoring.mails("order_completed")
    assert (mail["photos"], mail["failed"]) == ("2 photos", "")
    assert restoring.given_back == []


def test_the_model_is_shown_an_upright_jpeg_that_says_nothing(restoring: Restoring) -> None:
    told = factory.exif(orientation=6)
    content = factory.encoded(old_photo(), "JPEG", quality=92, exif=told)
    order = restoring.paid(content=content)
    restoring.run()
    (asked,) = restoring.replicate.created
    key = keys.model_input(order.id, 1)
    assert f"/{key}?" in asked["input"]["image"]
    shown = images.inspect(restoring.bucket.objects[key])
    assert (shown.content_type, shown.width, shown.height) == ("image/jpeg", 240, 320)
    assert shown.metadata == images.inspect(factory.encoded(old_photo())).metadata
    assert factory.SERIAL.encode() not in restoring.bucket.objects[key]
    assert asked["input"]["fidelity"] == 0.7
