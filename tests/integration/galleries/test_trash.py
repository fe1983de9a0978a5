"""The trash: a photo leaves albums and shares at once, comes back when restored, and after 30 days is gone for good."""

from darkroom import db, ids
from galleries import tidy
from tests.integration.galleries.conftest import World, picture


def test_a_trashed_photo_is_gone_from_lists_albums_and_shares_and_comes_back(world: World) -> None:
    world.curate(picture(1), picture(2))
    (album,) = world.albums()
    token = world.post(f"/albums/{album['id']}/share").json()["token"]
    first, second = [image["id"] for image in album["images"]]
    assert world.delete(f"/images/{first}").status == 204
    assert world.delete(f"/images/{first}").status == 404
    shown = world.get(f"/albums/{album['id']}").json()
    assert (shown["image_count"], [image["id"] for image in shown["images"]]) == (1, [second])
    assert [image["id"] for image in world.guest.get(f"/shared/{token}").json()["images"]] == [second]
    assert [image["id"] for image in world.images()] == [second]
    (trashed,) = world.images(trashed="true")
    assert trashed["id"] == first
    assert trashed["trashed_at"] is not None
    assert trashed["album_ids"] == []
    assert world.get(f"/images/{first}").json() == trashed, "its owner still reads it"
    restored = world.post(f"/images/{first}/restore")
    assert restored.status == 200
    assert restored.json()["trashed_at"] is None
    assert restored.json()["album_ids"] == [album["id"]]
    assert [image["id"] for image in world.get(f"/albums/{album['id']}").json()["images"]] == [first, second]
    assert world.post(f"/images/{first}/restore").status == 409


def test_anothers_photo_is_unknown(world: World) -> None:
    world.curate(picture(1))
    (image,) = world.images()
    other = world.other()
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/restore")):
        assert other.call(method, f"/images/{image['id']}{path}").status == 404
    assert world.get(f"/images/{ids.new_id()}").status == 404
    assert world.get("/images/nonsense").status == 404
    assert world.images() == [image]


def days_ago(table: str, column: str, days: int) -> None:
    with db.transaction() as tx:
        tx.execute(f"UPDATE {table} SET {column} = now() - make_interval(days => %s)", (days,))


def test_after_30_days_a_photo_is_gone_with_all_its_objects(world: World) -> None:
    world.curate(picture(1), picture(2))
    kept, gone = world.images()
    world.delete(f"/images/{gone['id']}")
    days_ago("images", "trashed_at", 29)
    with db.transaction() as tx:
        tx.execute("UPDATE images SET trashed_at = NULL WHERE id = %s", (kept["id"],))
    assert tidy.handler({}, None)["purged"] == 0
    with db.transaction() as tx:
        tx.execute("UPDATE images SET trashed_at = now() - interval '31 days' WHERE id = %s", (gone["id"],))
    assert tidy.handler({}, None)["purged"] == 1
    assert world.get(f"/images/{gone['id']}").status == 404
    assert len(world.bucket.objects) == 6, "whoever was just reading may finish"
    days_ago("storage_erasures", "created_at", 1)
    assert tidy.handler({}, None)["erased"] == 3
    assert not [key for key in world.bucket.objects if gone["id"] in key]
    assert len(world.bucket.objects) == 3
    assert world.albums()[0]["image_count"] == 1


def test_uploads_that_nobody_processed_go_after_a_week(world: World) -> None:
    (abandoned, used) = world.bring(picture(1), picture(2))
    world.process([used])
    assert tidy.handler({}, None)["abandoned"] == 0
    days_ago("uploads", "created_at", 8)
    assert tidy.handler({}, None)["abandoned"] == 1
    days_ago("storage_erasures", "created_at", 1)
    tidy.handler({}, None)
    assert set(world.bucket.objects) == {used}
    assert world.post("/galleries/process", {"image_keys": [abandoned]}).status == 400


def test_storage_that_is_away_forgets_nothing(world: World) -> None:
    world.bring(picture(1))
    days_ago("uploads", "created_at", 8)
    tidy.handler({}, None)
    days_ago("storage_erasures", "created_at", 1)
    world.bucket.is_down = True
    try:
        tidy.handler({}, None)
    except ConnectionError:
        world.bucket.is_down = False
    assert tidy.handler({}, None)["erased"] == 1
    assert world.bucket.objects == {}
