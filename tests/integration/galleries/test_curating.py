"""From photos to albums: what each photo becomes, what is skipped and why, and that nothing is there twice."""

import io
from typing import Any

import pytest
from PIL import Image

from darkroom import db, jobs
from galleries import curate, preparation
from galleries.service import curations
from tests.factories import photos
from tests.fakes import queues
from tests.integration.galleries.conftest import World, occasions, picture


def image_row(world: World, image_id: str) -> dict[str, Any]:
    with db.reading() as tx:
        row = tx.one("SELECT * FROM images WHERE id = %s AND user_id = %s", (image_id, world.person.user_id))
    assert row is not None
    return row


def test_photos_become_albums_and_the_job_says_what_it_made(world: World) -> None:
    job = world.curate(*[picture(n) for n in range(4)], *[picture(10 + n, day=20) for n in range(3)])
    assert job["status"] == "completed"
    assert job["kind"] == "curation"
    assert job["progress"] == {"stage": "making albums", "done": 8, "total": 8}
    albums = world.albums()
    assert job["albums_created"] == job["result"]["albums_created"] == len(albums) == 2
    assert job["result"]["album_ids"] == [album["id"] for album in reversed(albums)]
    assert job["result"]["photos"] == 7
    assert job["result"]["skipped"] == job["result"]["duplicates"] == []
    assert [album["image_count"] for album in albums] == [3, 4], "the newest first"
    for album in albums:
        assert album["curated_by"] == "fallback"
        assert album["title"].strip()
        taken = [image["taken_at"] for image in album["images"]]
        assert taken == sorted(taken)
        assert [image["display_order"] for image in album["images"]] == list(range(album["image_count"]))


def test_progress_grows_and_everyone_who_watches_is_told(world: World) -> None:
    job = world.curate(*[picture(n) for n in range(5)])
    with db.reading() as tx:
        told = tx.all(
            "SELECT data FROM realtime_messages WHERE topic = %s ORDER BY sequence", (f"job:{job['job_id']}",)
        )
    done = [each["data"]["progress"]["done"] for each in told]
    assert done == sorted(done)
    assert done[-1] == 6
    assert {each["data"]["progress"]["stage"] for each in told} >= {"preparing photos", "making albums"}
    assert [each["data"]["status"] for each in told][-1] == "completed"
    assert set(told[-1]["data"]) == set(job)


def test_a_photo_is_known_by_what_it_is(world: World) -> None:
    source = photos.encoded(
        photos.scene(640, 480),
        "JPEG",
        exif=photos.exif(orientation=6, taken="2024:07:01 12:30:00", offset="+02:00"),
    )
    world.curate(source)
    (image,) = world.images()
    assert (image["width"], image["height"]) == (480, 640)
    assert (image["taken_at"], image["taken_at_offset"]) == ("2024-07-01T10:30:00Z", "+02:00")
    assert (image["content_type"], image["file_size_bytes"], image["source"]) == ("image/jpeg", len(source), "upload")
    row = image_row(world, image["id"])
    assert row["latitude"] == pytest.approx(48.1417, abs=0.001)
    assert len(row["sha256"]) == 32
    assert row["phash"] is not None
    assert row["thumbhash"]
    for edge in (400, 1600):
        key = f"derivatives/{image['id']}-{edge}.webp"
        made = Image.open(io.BytesIO(world.bucket.objects[key]))
        assert made.format == "WEBP"
        assert made.height > made.width, "upright"
        assert max(made.size) == min(edge, 640), "never enlarged"
        assert not made.getexif(), "no place, no serial number"
        assert photos.SERIAL.encode() not in made.tobytes()


@pytest.mark.parametrize(
    ("taken", "offset", "shown"),
    [
        ("2024:07:01 23:30:00", "+09:00", ("2024-07-01T14:30:00Z", "+09:00")),
        ("2024:07:01 23:30:00", None, ("2024-07-01T23:30:00Z", None)),
        ("0000:00:00 00:00:00", None, (None, None)),
        ("not a time", "+02:00", (None, None)),
        (None, None, (None, None)),
    ],
)
def test_time_is_taken_as_the_camera_means_it(
    world: World, taken: str | None, offset: str | None, shown: tuple[str | None, str | None]
) -> None:
    world.curate(photos.jpeg(exif=photos.exif(taken=taken, offset=offset)))
    (image,) = world.images()
    assert (image["taken_at"], image["taken_at_offset"]) == shown
    assert len(world.albums()) == 1, "a photo without a time is in an album too"


def test_heic_works(world: World) -> None:
    heic = photos.HEIC.read_bytes()
    job_id = world.process(world.bring(heic, content_type="image/heic"))
    world.deliver_all()
    world.work()
    assert world.status(job_id)["status"] == "completed"
    (image,) = world.images()
    assert image["content_type"] == "image/heic"
    assert image["width"] > 0


def test_a_png_announced_as_jpeg_is_taken_with_its_real_type(world: World) -> None:
    world.curate(photos.encoded(photos.scene(), "PNG"))
    assert world.images()[0]["content_type"] == "image/png"


def strange() -> dict[str, tuple[bytes, str]]:
    """Files that are no photos for us, and a word of the reason."""
    frames = [photos.scene(64, 64), photos.scene(80, 64).resize((64, 64)).rotate(90)]
    return {
        "text": (b"hello, I am a text", "not a photo that we know"),
        "truncated": (photos.jpeg()[:9_000], "cut off or damaged"),
        "bomb": (photos.png_bomb(), "megapixels"),
        "jpeg bomb": (photos.jpeg_bomb(), "megapixels"),
        "animation": (photos.encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]), "animation"),
        "gif": (photos.encoded(photos.scene(64, 64), "GIF"), "GIF"),
        "html": (b"<html><script>alert(1)</script></html>", "web page"),
        "a header alone": (photos.jpeg()[:20], "damaged"),
    }


@pytest.mark.parametrize("what", strange())
def test_what_is_no_photo_is_skipped_with_a_reason_and_the_others_go_on(world: World, what: str) -> None:
    content, word = strange()[what]
    good, bad = world.bring(picture(1), content)
    job_id = world.process([good, bad])
    world.deliver_all()
    world.work()
    job = world.status(job_id)
    assert job["status"] == "completed"
    (skipped,) = job["result"]["skipped"]
    assert skipped["storage_key"] == bad
    assert word in skipped["reason"]
    assert job["progress"]["done"] == job["progress"]["total"] == 3
    assert len(world.images()) == 1
    assert len(world.albums()) == 1


@pytest.mark.parametrize("mode", ["CMYK", "L", "I;16", "RGBA", "P", "1", "LA"])
def test_every_way_to_write_colours_is_taken(world: World, mode: str) -> None:
    drawn = photos.scene(300, 200)
    if mode == "CMYK":
        content = photos.encoded(drawn.convert("CMYK"), "JPEG")
    elif mode == "I;16":
        samples = b"".join(bytes((0, value)) for value in drawn.convert("L").tobytes())
        content = photos.encoded(Image.frombytes("I;16", drawn.size, samples), "PNG")
    else:
        content = photos.encoded(drawn.convert(mode), "PNG")
    assert world.curate(content)["status"] == "completed"


def test_nothing_usable_fails_the_job_and_says_why(world: World) -> None:
    job = world.curate(b"a text", b"another text")
    assert job["status"] == "failed"
    assert "None of these photos could be used" in job["error_message"]
    assert "not a photo that we know" in job["error_message"]
    assert world.albums() == world.images() == []


def test_a_photo_that_vanished_from_storage_is_skipped(world: World) -> None:
    keys = world.bring(picture(1), picture(2))
    job_id = world.process(keys)
    del world.bucket.objects[keys[1]]
    world.deliver_all()
    world.work()
    assert world.status(job_id)["result"]["skipped"] == [{"storage_key": keys[1], "reason": preparation.GONE}]


def test_every_message_that_comes_twice_has_its_effect_once(world: World) -> None:
    job_id = world.process(world.bring(*[picture(n) for n in range(4)], picture(1)))
    world.deliver_all()
    while messages := world.sqs.take("curations"):
        for message in messages:
            for _ in range(2):
                assert queues.failures(curate.handler(queues.event("curations", message), None)) == []
    assert world.status(job_id)["progress"] == {"stage": "making albums", "done": 6, "total": 6}
    assert [album["image_count"] for album in world.albums()] == [4]


def test_messages_of_a_job_that_is_over_do_nothing(world: World) -> None:
    job_id = world.process(world.bring(picture(1)))
    world.deliver_all()
    late = world.sqs.take("curations")
    with db.transaction() as tx:
        jobs.fail(tx, next(iter(late)).uuid("job_id"), "Over.")
    for message in late:
        assert queues.failures(curate.handler(queues.event("curations", message), None)) == []
    assert world.status(job_id)["error_message"] == "Over."
    assert not [key for key in world.bucket.objects if key.startswith("derivatives/")]


def test_a_photo_that_kills_its_worker_each_time_is_skipped_and_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies without a word: the message comes again, until the photo that stands first is passed over."""
    (deadly,) = world.bring(picture(1))
    job_id = world.process([deadly, *world.bring(picture(2))])
    world.deliver_all()

    def die(*args: Any) -> None:
        raise SystemExit

    messages = world.sqs.take("curations")
    with monkeypatch.context() as patched:
        patched.setattr("darkroom.images.inspect", die)
        for receives in (1, 2, 3):
            with pytest.raises(SystemExit):
                curate.handler(queues.event("curations", messages[0], receives=receives), None)
        assert queues.failures(curate.handler(queues.event("curations", messages[0], receives=4), None)) == []
    curate.handler(queues.event("curations", messages[1]), None)
    world.work()
    job = world.status(job_id)
    assert job["result"]["skipped"] == [{"storage_key": deadly, "reason": preparation.CANNOT_BE_READ}]
    assert deadly in world.bucket.objects
    assert len(world.images()) == 2, "nothing is lost: the next job may do better"


def test_storage_that_is_away_sends_the_message_back(world: World) -> None:
    job_id = world.process(world.bring(picture(1)))
    world.deliver_all()
    (message,) = world.sqs.take("curations")
    world.bucket.is_down = True
    assert len(queues.failures(curate.handler(queues.event("curations", message), None))) == 1
    assert world.status(job_id)["status"] == "processing"
    world.bucket.is_down = False
    assert queues.failures(curate.handler(queues.event("curations", message, receives=2), None)) == []
    world.work()
    assert world.status(job_id)["status"] == "completed"


def test_a_message_that_failed_for_good_fails_its_job_and_a_retry_goes_on(world: World) -> None:
    job_id = world.process(world.bring(*[picture(n) for n in range(3)]))
    world.deliver_all()
    first, *_ = messages = world.sqs.take("curations")
    curate.handler(queues.event("curations", first), None)
    world.sqs.sent["curations"] = messages[1:]
    world.give_up("curations")
    assert world.status(job_id)["status"] == "failed"
    assert world.status(job_id)["error_message"] == curations.GAVE_UP
    assert world.post(f"/jobs/{job_id}/retry").status == 202
    assert world.post(f"/jobs/{job_id}/retry").status == 409
    world.deliver_all()
    assert world.work().count("galleries.prepare_photos") == 2, "the first photo is prepared already"
    assert world.status(job_id)["status"] == "completed"
    assert [album["image_count"] for album in world.albums()] == [3]


def test_only_failed_jobs_of_ones_own_are_tried_again(world: World) -> None:
    job_id = world.process(world.bring(picture(1)))
    assert world.post(f"/jobs/{job_id}/retry").status == 409
    assert world.other().post(f"/jobs/{job_id}/retry").status == 404
    with db.transaction() as tx:
        foreign = jobs.create(tx, world.person.user_id, "account_export")
        jobs.fail(tx, foreign.id, "x")
    assert world.post(f"/jobs/{foreign.id}/retry").status == 409


def test_500_photos_go_out_in_batches_of_ten(world: World) -> None:
    with db.transaction() as tx:
        job = jobs.create(tx, world.person.user_id, curations.KIND, total=501)
        tx.execute("INSERT INTO curations (job_id, user_id) VALUES (%s, %s)", (job.id, world.person.user_id))
        tx.execute(
            """INSERT INTO curation_photos (job_id, position, storage_key)
               SELECT %s, n, 'uploads/' || n FROM generate_series(0, 499) AS n""",
            (job.id,),
        )
        curations.accept(tx, job.id)
    messages = world.sqs.take("curations")
    assert len(messages) == 50
    spans = sorted((message.data["first"], message.data["last"]) for message in messages)
    assert spans[0] == (0, 9)
    assert spans[-1] == (490, 499)


def test_a_photo_that_is_deleted_for_good_meanwhile_leaves_no_pictures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from darkroom import images

    (key,) = world.bring(picture(1))
    job_id = world.process([key])
    world.deliver_all()
    make = images.derivatives

    def delete_and_make(*args: Any) -> Any:
        with db.transaction() as tx:
            tx.execute("DELETE FROM images WHERE storage_key = %s", (key,))
        return make(*args)

    monkeypatch.setattr(images, "derivatives", delete_and_make)
    world.work()
    assert world.status(job_id)["status"] == "failed"
    with db.reading() as tx:
        listed = {row["storage_key"] for row in tx.all("SELECT storage_key FROM storage_erasures")}
    assert listed == set(world.bucket.objects)


def test_photos_without_a_date_are_shown_behind_those_that_have_one(world: World) -> None:
    world.curate(*occasions(2), *[picture(90 + n, taken=None) for n in range(3)])
    dated = [all(image["taken_at"] for image in album["images"]) for album in world.albums()]
    assert dated == sorted(dated, reverse=True)
    first = [album["images"][0]["taken_at"] for album in world.albums() if album["images"][0]["taken_at"]]
    assert first == sorted(first, reverse=True), "the newest first"


def test_a_job_with_nothing_usable_still_says_what_was_wrong_with_each(world: World) -> None:
    keys = world.bring(b"a text", photos.encoded(photos.scene(64, 64), "GIF"))
    job_id = world.process(keys)
    world.deliver_all()
    world.work()
    job = world.status(job_id)
    assert [each["storage_key"] for each in job["result"]["skipped"]] == keys
    assert job["albums_created"] == 0
    assert job["progress"]["done"] == job["progress"]["total"]


def test_whoever_asks_again_about_a_refused_file_hears_the_same_reason(world: World) -> None:
    keys = world.bring(picture(1), b"a text")
    first, second = world.process(keys), world.process(keys)
    world.deliver_all()
    world.work()
    reasons = [world.status(job_id)["result"]["skipped"][0]["reason"] for job_id in (first, second)]
    assert reasons[0] == reasons[1]
    assert "not a photo" in reasons[0]
    later = world.post("/galleries/process", {"image_keys": keys})
    assert later.status == 400
    assert reasons[0] in later.json()["errors"][0]["message"]
    other = world.other()
    assert "is not the key of a photo of yours" in other.post("/galleries/process", {"image_keys": keys}).text


def test_a_jobs_total_is_known_from_the_beginning(world: World) -> None:
    job = world.curate(*[picture(n) for n in range(3)])
    with db.reading() as tx:
        told = tx.all("SELECT data FROM realtime_messages WHERE topic = %s", (f"job:{job['job_id']}",))
    assert {each["data"]["progress"]["total"] for each in told} == {4}
