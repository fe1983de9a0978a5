"""A paid order comes out restored."""

from typing import Any

from darkroom import db, images, pictures
from restorations import keys
from restorations.queries import orders
from restorations.service import fulfilment
from tests.factories import photos as factory
from tests.integration.restorations.restoring.conftest import Restoring, old_photo, restored


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


def test_what_a_photo_is_called_nowhere_stands_in_a_key(restoring: Restoring) -> None:
    restoring.paid()
    restoring.run()
    assert not [key for key in restoring.bucket.objects if "grandma" in key]


def test_heic_is_shown_to_the_model_as_jpeg(restoring: Restoring) -> None:
    order = restoring.paid(content=factory.HEIC.read_bytes())
    restoring.run()
    photo = restoring.photo(order)
    assert photo["original_key"].endswith("_original.heic")
    assert restoring.shown(restoring.replicate.created[0]).size == (photo["width"], photo["height"])


def test_a_repeated_beginning_writes_nothing_more(restoring: Restoring) -> None:
    order = restoring.paid(3)
    with db.transaction() as tx:
        held = orders.hold(tx, order.id)
        assert held is not None
        fulfilment.begin(tx, held)
    assert len(restoring.rows("restoration_jobs", order.id)) == 3
    assert len(restoring.sqs.sent["orders"]) == 1


def test_fifty_photos_are_moved_and_each_is_prepared_once(restoring: Restoring) -> None:
    order = restoring.paid(50, content=factory.jpeg(64, 48))
    moving = restoring.sqs.sent["orders"][0]
    assert restoring.step("orders") == ["fulfil_order"]
    assert [photo["status"] for photo in restoring.photos(order)] == ["uploaded"] * 50
    restoring.sqs.sent["orders"] = [moving]
    restoring.step("orders")
    assert len(restoring.sqs.take("judgements")) == 50
    assert len(restoring.pushed(f"order:{order.id}")) == 1


def test_a_photo_that_is_not_there_any_more_is_given_back_in_words(restoring: Restoring) -> None:
    order = restoring.paid(2)
    del restoring.bucket.objects[restoring.photo(order)["temp_key"]]
    restoring.run()
    gone, other = restoring.photos(order)
    assert (gone["status"], other["status"]) == ("failed", "completed")
    assert "not in storage any more" in gone["error"]
    assert restoring.given_back == [(gone["id"], gone["error"])]
    assert restoring.status(order) == "completed"


def test_nothing_moves_of_an_order_that_was_given_back(restoring: Restoring) -> None:
    order = restoring.paid()
    restoring.execute("UPDATE orders SET status = 'refunded' WHERE id = %s", order.id)
    restoring.run()
    assert restoring.photo(order)["status"] == "pending"
    assert restoring.replicate.created == []
    assert not [key for key in restoring.bucket.objects if key.startswith("uploads/originals/")]


def test_progress_is_told_as_it_goes_and_never_backwards(restoring: Restoring) -> None:
    restoring.replicate.ends = ["processing"]
    order = restoring.submitted()
    seen = [restoring.photo(order)["progress"]]
    for _ in range(3):
        restoring.step("restorations")
        seen.append(restoring.photo(order)["progress"])
    assert seen == sorted(seen)
    assert seen[0] == 10
    assert 35 <= seen[-1] <= 85  # its log says 40 per cent
    restoring.replicate.settle(restoring.replicate.created[0], "succeeded")
    restoring.run()
    pushed = [photo["progress"] for told in restoring.pushed(f"order:{order.id}") for photo in told["images"]]
    assert pushed == sorted(pushed)
    assert pushed[-1] == 100


def test_an_owner_gets_the_restored_photo_among_their_own_once(restoring: Restoring) -> None:
    person = restoring.person()
    order = restoring.paid(owner=person.user_id)
    restoring.step("orders")
    restoring.step("judgements")
    restoring.step("restorations")
    restoring.step("restorations")
    judging = restoring.sqs.sent["judgements"][0]
    restoring.run()
    restoring.sqs.sent["judgements"] = [judging]
    restoring.run()
    photo = restoring.photo(order)
    assert restoring.value("SELECT count(*) FROM images WHERE user_id = %s", person.user_id) == 1
    image = restoring.row("images", photo["image_id"])
    assert (image["source"], image["original_filename"]) == ("restoration", "grandma 1 restored.png")
    assert image["storage_key"] == f"restorations/{person.user_id}/{photo['id']}.png"
    assert restoring.bucket.objects[image["storage_key"]] == restoring.bucket.objects[photo["restored_key"]]
    assert (image["width"], image["height"], image["crc32"]) == (320, 240, photo["restored_crc32"])
    assert image["derived_at"] is not None
    assert image["thumbhash"] is not None
    assert set(pictures.keys(photo["image_id"])) <= set(restoring.bucket.objects)


def test_who_has_left_meanwhile_gets_nothing(restoring: Restoring) -> None:
    person = restoring.person()
    order = restoring.submitted(owner=person.user_id)
    with db.transaction() as tx:
        tx.execute(
            "UPDATE users SET deleted_at = now(), email = NULL, password_hash = NULL WHERE id = %s", (person.user_id,)
        )
    restoring.run()
    assert restoring.value("SELECT count(*) FROM images WHERE user_id = %s", person.user_id) == 0
    assert restoring.status(order) == "completed"
    assert restoring.mails("order_completed") == []


def test_a_result_says_nothing_beside_its_picture(restoring: Restoring) -> None:
    def talkative(prediction: dict[str, Any]) -> bytes:
        picture = restored(restoring.shown(prediction))
        return factory.encoded(picture, "JPEG", quality=95, exif=factory.exif(orientation=1))

    restoring.replicate.restored = talkative
    order = restoring.paid()
    restoring.run()
    content = restoring.bucket.objects[restoring.photo(order)["restored_key"]]
    assert images.inspect(content).metadata.gps is None
    assert factory.SERIAL.encode() not in content


def test_a_jpeg_that_says_nothing_is_kept_byte_for_byte(restoring: Restoring) -> None:
    made: list[bytes] = []

    def quiet(prediction: dict[str, Any]) -> bytes:
        made.append(factory.encoded(restored(restoring.shown(prediction)), "JPEG", quality=95))
        return made[0]

    restoring.replicate.restored = quiet
    order = restoring.paid()
    restoring.run()
    assert restoring.bucket.objects[restoring.photo(order)["restored_key"]] == made[0]
