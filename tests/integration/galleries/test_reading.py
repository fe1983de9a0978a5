"""Lists: pages that hold together, first photos of albums, and answers that never grow too large."""

from uuid import UUID

import pytest

from darkroom import db, ids
from darkroom.db import Tx
from darkroom.settings import settings
from tests.integration.galleries.conftest import World, picture


def fill(tx: Tx, user_id: UUID, albums: int, each: int) -> list[UUID]:
    """Albums of photos that were never anywhere, the oldest first."""
    made = []
    for number in range(albums):
        album_id = ids.new_id()
        tx.execute(
            """INSERT INTO albums (id, user_id, title, curated_by, created_at)
               VALUES (%s, %s, %s, 'fallback', now() + make_interval(secs => %s))""",
            (album_id, user_id, f"Album {number}", number),
        )
        photos = [ids.new_id() for _ in range(each)]
        tx.execute(
            """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes,
                                   width, height, derived_at)
               SELECT id, %s, 'upload', 'uploads/' || id, repeat('x', 120), 'image/jpeg', 1, 4000, 3000, now()
                 FROM unnest(%s::uuid[]) AS id""",
            (user_id, photos),
        )
        tx.execute(
            """INSERT INTO album_images (album_id, image_id, display_order)
               SELECT %s, id, place FROM unnest(%s::uuid[]) WITH ORDINALITY AS photo (id, place)""",
            (album_id, photos),
        )
        made.append(album_id)
    return made


@pytest.fixture
def filled(world: World) -> list[UUID]:
    with db.transaction() as tx:
        return fill(tx, world.person.user_id, albums=5, each=130)


def test_me_and_ones_own_id_are_the_same_gallery(world: World, filled: list[UUID]) -> None:
    mine = world.get("/galleries/me").json()
    assert world.get(f"/galleries/{world.person.user_id}").json() == mine
    assert mine["user_id"] == str(world.person.user_id)
    assert mine["urls_expire_in"] == 3600
    assert [album["id"] for album in mine["items"]] == [str(album_id) for album_id in reversed(filled)]
    for unknown in (ids.new_id(), "nobody", "ME"):
        assert world.get(f"/galleries/{unknown}").status == 404


def test_pages_of_albums_join_without_gap_or_repetition(world: World, filled: list[UUID]) -> None:
    seen, cursor = [], None
    while True:
        page = world.get("/galleries/me", query={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [album["id"] for album in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(album_id) for album_id in reversed(filled)]


def test_more_than_20_albums_are_20(world: World) -> None:
    with db.transaction() as tx:
        fill(tx, world.person.user_id, albums=25, each=1)
    page = world.get("/galleries/me", query={"limit": 100}).json()
    assert len(page["items"]) == 20
    assert page["next_cursor"]
    assert world.get("/galleries/me", query={"limit": 201}).status == 400


def test_an_album_shows_its_first_60_photos_and_the_cursor_leads_on(world: World, filled: list[UUID]) -> None:
    album = world.get(f"/albums/{filled[0]}").json()
    assert (album["image_count"], len(album["images"])) == (130, 60)
    seen, cursor = [image["id"] for image in album["images"]], album["images_next_cursor"]
    while cursor:
        page = world.get(f"/albums/{filled[0]}/images", query={"cursor": cursor, "limit": 33}).json()
        seen += [image["id"] for image in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 130
    assert seen == sorted(seen)
    whole = world.get(f"/albums/{filled[0]}/images", query={"limit": 200}).json()
    assert [image["id"] for image in whole["items"]] == seen


def test_with_a_roles_long_token_in_every_address_an_answer_still_fits(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    """On AWS a signed address carries the role's session token, of more than a thousand characters."""
    with db.transaction() as tx:
        fill(tx, world.person.user_id, albums=25, each=70)
    environment.setenv("AWS_SESSION_TOKEN", "IQoJ" + "t/+" * 450)
    settings.cache_clear()
    seen, cursor, pages = 0, None, 0
    while True:
        answer = world.get("/galleries/me", query={"cursor": cursor} if cursor else {})
        assert answer.status == 200
        assert len(answer.body) < settings().answer_bytes_max
        page = answer.json()
        seen, cursor, pages = seen + len(page["items"]), page["next_cursor"], pages + 1
        if cursor is None:
            break
    assert seen == 25
    assert pages < 10
    assert len(world.get("/images", query={"limit": 200}).body) < settings().answer_bytes_max


class TestPhotos:
    def test_the_newest_comes_first_and_pages_join(self, world: World, filled: list[UUID]) -> None:
        seen, cursor = [], None
        while True:
            page = world.get("/images", query={"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
            seen += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len({image["id"] for image in seen}) == 650
        order = [(image["created_at"], image["id"]) for image in seen]
        assert order == sorted(order, reverse=True)

    def test_by_when_they_were_taken(self, world: World) -> None:
        world.curate(picture(1, day=9), picture(2, day=3), picture(3, day=20), picture(4, taken=None))
        taken = [image["taken_at"] for image in world.images(sort="taken")]
        assert taken == [None, "2024-07-20T12:30:03Z", "2024-07-09T12:30:01Z", "2024-07-03T12:30:02Z"]
        first = world.get("/images", query={"sort": "taken", "limit": 2}).json()
        second = world.get("/images", query={"sort": "taken", "limit": 2, "cursor": first["next_cursor"]}).json()
        assert [image["taken_at"] for image in first["items"] + second["items"]] == taken

    def test_of_one_source(self, world: World) -> None:
        world.curate(picture(1))
        with db.transaction() as tx:
            tx.execute(
                """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type,
                                       file_size_bytes)
                   VALUES (%s, %s, 'capture', 'captures/x', 'x.jpg', 'image/jpeg', 1)""",
                (ids.new_id(), world.person.user_id),
            )
        assert [image["source"] for image in world.images(source="capture")] == ["capture"]
        assert [image["source"] for image in world.images(source="upload")] == ["upload"]
        assert len(world.images()) == 2
        assert world.get("/images", query={"source": "elsewhere"}).status == 400

    def test_a_photo_that_nobody_has_looked_at_yet_shows_its_original(self, world: World) -> None:
        world.process(world.bring(picture(1)))
        (image,) = world.images()
        assert image["url"] == image["thumbnail_url"] == image["original_url"]
        assert (image["width"], image["height"], image["thumbhash"]) == (None, None, None)

    def test_a_document_has_every_field(self, world: World) -> None:
        world.curate(picture(1))
        (image,) = world.images()
        assert set(image) == {
            "id", "source", "url", "thumbnail_url", "original_url", "thumbhash", "original_filename", "content_type",
            "file_size_bytes", "width", "height", "taken_at", "taken_at_offset", "album_ids", "created_at",
            "trashed_at",
        }  # fmt: skip
        assert "-1600.webp" in image["url"]
        assert "-400.webp" in image["thumbnail_url"]
        assert "attachment" in image["original_url"]
        assert world.get(f"/images/{image['id']}").json() == image

    def test_a_cursor_of_another_list_is_refused(self, world: World, filled: list[UUID]) -> None:
        cursor = world.get(f"/albums/{filled[0]}").json()["images_next_cursor"]
        assert world.get("/images", query={"cursor": cursor}).status == 400
        assert world.get("/galleries/me", query={"cursor": "x"}).status == 400


def test_pictures_come_through_the_cdn_where_there_is_one(world: World, environment: pytest.MonkeyPatch) -> None:
    world.curate(picture(1))
    environment.setenv("PICTURES_ORIGIN", "https://photos.example.com")
    settings.cache_clear()
    (image,) = world.images()
    assert image["url"].startswith("https://photos.example.com/derivatives/")
    assert "X-Amz-Signature=" in image["url"]
    assert not image["original_url"].startswith("https://photos.example.com")
