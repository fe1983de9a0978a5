"""Photos become albums, and a person makes them theirs: in a browser, by mouse, keyboard and finger."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest
from PIL import ImageOps
from playwright.sync_api import Locator, Page, Route, expect

from infra.tools.screenshots import settle
from tests.e2e.web import PASSWORD, PHONE, Visitor, audit, eventually, sideways, small_targets
from tests.factories import photos


class Painting(NamedTuple):
    name: str
    jpeg: bytes


@pytest.fixture(scope="module")
def paintings() -> list[Painting]:
    """Two journeys of some weeks between: two albums at least, whoever groups them."""
    return [
        *(_painting("coast", number, ("orange", "navy"), "2026:06:13", "+01:00") for number in range(1, 5)),
        *(_painting("alps", number, ("skyblue", "darkgreen"), "2026:07:04", "+02:00") for number in range(1, 4)),
    ]


def _painting(journey: str, number: int, colours: tuple[str, str], day: str, offset: str) -> Painting:
    picture = photos.scene(900, 600 if number % 3 else 1200).convert("L").rotate(90 * number)
    exif = photos.exif(taken=f"{day} 0{number}:30:00", offset=offset, gps=None)
    jpeg = photos.encoded(ImageOps.colorize(picture, *colours), exif=exif)
    return Painting(f"{journey}-0{number}.jpg", jpeg)


@pytest.fixture
def files(paintings: list[Painting], tmp_path: Path) -> list[Path]:
    paths = [tmp_path / painting.name for painting in paintings]
    for path, painting in zip(paths, paintings, strict=True):
        path.write_bytes(painting.jpeg)
    return paths


class Api:
    """The same person's API, for what a test needs before and asks after."""

    def __init__(self, visitor: Visitor) -> None:
        self._base = visitor.stack["api"]
        signed_in = httpx.post(
            f"{self._base}/auth/login", json={"username": visitor.email, "password": PASSWORD}, timeout=30
        )
        self._headers = {"authorization": f"Bearer {signed_in.json()['access_token']}"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, self._base + path, json=body, headers=self._headers, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def bring(self, paintings: list[Painting]) -> dict[str, str]:
        """The photos, developed; their ids by name."""
        files = [{"filename": name, "content_type": "image/jpeg", "size_bytes": len(jpeg)} for name, jpeg in paintings]
        uploads = self("POST", "/uploads/generate-urls", {"files": files})["uploads"]
        for upload, painting in zip(uploads, paintings, strict=True):
            httpx.put(upload["url"], content=painting.jpeg, headers=upload["headers"], timeout=60).raise_for_status()
        keys = [upload["storage_key"] for upload in uploads]
        job = self("POST", "/galleries/process", {"image_keys": keys})["job_id"]
        eventually(lambda: self._ended(job))
        return {image["original_filename"]: image["id"] for image in self("GET", "/images?limit=200")["items"]}

    def _ended(self, job: str) -> bool | None:
        status = self("GET", f"/jobs/{job}/status")["status"]
        assert status != "failed"
        return True if status == "completed" else None

    def two_albums(self, paintings: list[Painting]) -> tuple[str, str]:
        """One of the coast and one of the alps, made by hand, so that a test knows what is in them."""
        ids = self.bring(paintings)
        made = [
            self("POST", "/albums", {"title": title, "image_ids": [ids[p.name] for p in paintings if word in p.name]})
            for title, word in (("The coast", "coast"), ("The alps", "alps"))
        ]
        for album in self.albums():
            if album["title"] not in ("The coast", "The alps"):
                self("DELETE", f"/albums/{album['id']}")
        return made[0]["id"], made[1]["id"]

    def albums(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self("GET", "/galleries/me")["items"]
        return items

    def names(self, album: str) -> list[str]:
        return [image["original_filename"] for image in self("GET", f"/albums/{album}")["images"]]


@pytest.fixture
def api(visitor: Visitor) -> Api:
    visitor.register()
    return Api(visitor)


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=re.compile(re.escape(name)))


def becomes(look: Callable[[], Any], wanted: Any) -> None:
    eventually(lambda: True if look() == wanted else None)


def _shown(page: Page) -> Iterator[str]:
    """Photos by their places on the page, row by row."""
    boxes = page.locator("[data-photo]").evaluate_all(
        "tiles => tiles.map(tile => [tile.offsetTop, tile.offsetLeft, tile.querySelector('a').ariaLabel])"
    )
    return (label.split(",")[0] for _, _, label in sorted(boxes))


def _wishes(visitor: Visitor) -> list[str]:
    with psycopg.connect(visitor.stack["database"]) as connection:
        rows = connection.execute(
            "SELECT instructions FROM curations JOIN users ON users.id = user_id WHERE email = %s", [visitor.email]
        )
        return [instructions for (instructions,) in rows]


def test_photos_become_albums_while_one_watches(visitor: Visitor, files: list[Path]) -> None:
    visitor.register()
    page = visitor.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Galleries").click()
    expect(page.get_by_role("heading", name="Drop photos, get albums")).to_be_visible()
    assert audit(page) == []

    # While they wait for the network there is all the time to say a wish.
    visitor.context.set_offline(True)
    page.get_by_label("Choose photos").set_input_files(files)
    expect(page.get_by_role("heading", name="7 photos on the way")).to_be_visible()
    page.get_by_label("A wish for these albums").fill("one album per journey")
    page.get_by_role("button", name="Make albums").click()
    assert audit(page) == []
    visitor.context.set_offline(False)
    job = page.get_by_role("listitem").filter(has_text="Albums of 7 new photos")
    expect(job.get_by_role("progressbar")).to_be_visible()
    assert _wishes(visitor) == ["one album per journey"]
    expect(job.get_by_text(re.compile(r"\d albums of 7 photos"))).to_be_visible(timeout=90_000)
    albums = page.get_by_role("list", name="Albums").get_by_role("link")
    expect(albums.first).to_be_visible()
    assert albums.count() == len(Api(visitor).albums()) >= 2
    assert audit(page) == []

    # It was a mistake: the albums go, the photos stay.
    job.get_by_role("button", name="Undo").click()
    back = page.get_by_role("listitem").filter(has_text="Taking albums back")
    expect(back.get_by_text(re.compile(r"\d albums taken back"))).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Drop photos, get albums")).to_be_visible()
    visitor.open("/photos")
    expect(page.locator("[data-photo]")).to_have_count(7)
    visitor.forgive("ERR_INTERNET_DISCONNECTED")


def test_without_a_wish_albums_are_made_at_once_and_what_is_no_photo_is_named(
    visitor: Visitor, files: list[Path], tmp_path: Path
) -> None:
    visitor.register()
    page = visitor.open("/photos")
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(files[0].read_bytes()[:2000])
    page.get_by_label("Choose photos").set_input_files([*files[:3], torn])
    row = page.get_by_role("listitem").filter(has_text="Albums of 4 new photos")
    expect(row.get_by_text("1 photo left out")).to_be_visible(timeout=90_000)
    row.get_by_text("1 photo left out").click()
    expect(row.get_by_text("torn.jpg")).to_be_visible()
    # The photos are there without a reload, under their days; the toast offers the way back from everywhere.
    expect(page.locator("[data-photo]").first).to_be_visible()
    expect(page.get_by_role("heading", name="June 2026")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Latest albums")).to_be_visible()
    page.get_by_role("region", name="Messages").get_by_role("button", name="Undo").click()
    becomes(Api(visitor).albums, [])


def test_a_job_that_failed_says_why_and_is_tried_again(visitor: Visitor, tmp_path: Path) -> None:
    visitor.register()
    page = visitor.open("/galleries")
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"\xff\xd8\xff\xe0" + bytes(400))
    page.get_by_label("Choose photos").set_input_files(torn)
    row = page.get_by_role("listitem").filter(has_text="Albums of 1 new photo")
    expect(row.get_by_text("None of these photos could be used")).to_be_visible(timeout=90_000)
    with page.expect_response("**/retry") as answered:
        row.get_by_role("button", name="Try again").click()
    assert answered.value.status == 202
    expect(row.get_by_text("None of these photos could be used")).to_be_visible(timeout=90_000)


def test_an_album_is_named_and_put_in_order(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, _ = api.two_albums(paintings)
    page = visitor.open(f"/galleries/{coast}")
    expect(page.get_by_role("heading", name="The coast")).to_be_visible()
    expect(page.get_by_text("4 photos")).to_be_visible()
    assert audit(page) == []

    page.get_by_role("button", name="Rename this album").click()
    page.get_by_label("Title").fill("Lisbon & the sea <b>")
    page.get_by_label("About this album").fill("Four mornings")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lisbon & the sea <b>")).to_be_visible()
    expect(page.get_by_role("button", name="Rename this album")).to_be_focused()
    becomes(lambda: api("GET", f"/albums/{coast}")["title"], "Lisbon & the sea <b>")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="The coast")).to_be_visible()

    # By keyboard: the first photo two places on.
    page.locator("[data-photo] a").first.focus()
    page.keyboard.press("m")
    expect(page.get_by_role("toolbar", name="Moving photos")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tile(page, "coast-01.jpg")).to_be_focused()
    page.keyboard.press("Enter")
    carried = ["coast-02.jpg", "coast-03.jpg", "coast-01.jpg", "coast-04.jpg"]
    becomes(lambda: api.names(coast), carried)
    assert list(_shown(page)) == carried
    page.get_by_role("button", name="Undo").last.click()
    becomes(lambda: api.names(coast), ["coast-01.jpg", "coast-02.jpg", "coast-03.jpg", "coast-04.jpg"])

    # By hand: the last one to the front. Escape in between puts back what arrows carried.
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar", name="Moving photos")).to_have_count(0)
    tile(page, "coast-04.jpg").drag_to(tile(page, "coast-01.jpg"), target_position={"x": 8, "y": 40})
    dragged = ["coast-04.jpg", "coast-01.jpg", "coast-02.jpg", "coast-03.jpg"]
    becomes(lambda: api.names(coast), dragged)
    page.reload()
    expect(page.locator("[data-photo]")).to_have_count(4)
    assert list(_shown(page)) == dragged


def test_photos_are_chosen_and_moved_to_other_albums(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, alps = api.two_albums(paintings)
    page = visitor.open(f"/galleries/{coast}")
    page.locator("[data-photo] a").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    bar = page.get_by_role("toolbar", name="Chosen photos")
    expect(bar).to_contain_text("2 chosen")
    assert audit(page) == []
    page.keyboard.press("v")
    picker = page.get_by_role("dialog", name="Move 2 photos to…")
    expect(picker.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("alp")
    expect(picker.get_by_role("list", name="Albums").get_by_role("button")).to_have_count(1)
    assert audit(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("[data-photo]")).to_have_count(2)
    becomes(lambda: sorted(api.names(alps))[-2:], ["coast-01.jpg", "coast-02.jpg"])
    page.get_by_role("button", name="Undo").click()
    becomes(lambda: api.names(coast), ["coast-01.jpg", "coast-02.jpg", "coast-03.jpg", "coast-04.jpg"])
    expect(page.locator("[data-photo]")).to_have_count(4)

    # By hand, onto the album that shows itself meanwhile.
    tile(page, "coast-03.jpg").hover()
    page.mouse.down()
    page.mouse.move(600, 500, steps=4)
    target = page.locator(f'[data-album="{alps}"]')
    expect(target).to_be_visible()
    target.hover()
    page.mouse.up()
    becomes(lambda: "coast-03.jpg" in api.names(alps), True)
    expect(page.locator("[data-photo]")).to_have_count(3)

    # With a click and a shift-click: all that is left, of which one makes the cover, and the rest leaves.
    page.get_by_role("button", name="Select").click()
    page.locator("[data-photo] a").nth(1).click()
    bar.get_by_role("button", name="Make cover").click()
    cover = page.get_by_text("This album has another cover")
    expect(cover).to_be_visible()
    page.locator("[data-photo] a").first.hover()
    page.get_by_role("checkbox").first.click()
    page.get_by_role("checkbox").last.click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 chosen")
    bar.get_by_role("button", name="Take out").click()
    expect(page.get_by_role("heading", name="An empty album")).to_be_visible()
    becomes(lambda: api.names(coast), [])


def test_albums_are_merged_and_deleted_and_downloaded(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, alps = api.two_albums(paintings)
    page = visitor.open(f"/galleries/{coast}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Download as ZIP").click()
    link = page.get_by_role("complementary", name="Activity").get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=90_000)
    assert httpx.get(link.get_attribute("href") or "", timeout=30).content.startswith(b"PK")
    page.get_by_role("button", name="Close activity").click()

    page.get_by_role("button", name="More").click()
    assert audit(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="The alps").click()
    confirm = page.get_by_role("dialog", name="Merge “The alps” into this album?")
    confirm.get_by_role("button", name="Merge").click()
    expect(page.locator("[data-photo]")).to_have_count(7)
    visitor.open(f"/galleries/{alps}")
    expect(page.get_by_text("This album is not here")).to_be_visible()
    visitor.forgive(f"status of 404.*{alps}")

    visitor.open(f"/galleries/{coast}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete album…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the album").click()
    expect(page.get_by_role("heading", name="Drop photos, get albums")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Photos").click()
    expect(page.locator("[data-photo]")).to_have_count(7)


def test_a_link_is_opened_by_somebody_without_an_account(
    new_visitor: Callable[..., Visitor], paintings: list[Painting]
) -> None:
    owner, guest = new_visitor(), new_visitor()
    owner.register()
    coast, _ = Api(owner).two_albums(paintings)
    page = owner.open(f"/galleries/{coast}")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share this album")
    assert audit(page) == []
    dialog.get_by_role("radio", name="A week").check()
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Link").input_value()
    assert audit(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_text("Shared by link")).to_be_visible()

    seen = guest.page
    seen.goto(link)
    expect(seen.get_by_role("heading", name="The coast")).to_be_visible()
    expect(seen.get_by_text("June 13, 2026")).to_be_visible()
    assert audit(seen) == []
    tile(seen, "coast-02.jpg").click()
    expect(seen.get_by_role("dialog", name="Photo").get_by_role("img")).to_be_visible()
    expect(seen.get_by_role("button", name="Move to the trash")).to_have_count(0)
    seen.keyboard.press("i")
    expect(seen.get_by_role("complementary", name="Details")).to_contain_text("coast-02.jpg")
    assert audit(seen) == []
    seen.keyboard.press("Escape")

    page.get_by_role("button", name="Share").click()
    page.get_by_role("dialog").get_by_role("button", name="End the link").click()
    expect(page.get_by_text("The link has ended")).to_be_visible()
    seen.reload()
    expect(seen.get_by_role("heading", name="This link leads nowhere")).to_be_visible()
    assert audit(seen) == []
    guest.forgive("status of 404.*shared")


def test_one_photo_is_an_address_of_its_own(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, _ = api.two_albums(paintings)
    page = visitor.open(f"/galleries/{coast}")
    tile(page, "coast-02.jpg").click()
    box = page.get_by_role("dialog", name="Photo")
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-02.jpg"))
    expect(page).to_have_url(re.compile(r"\?photo="))
    assert audit(page) == []

    page.keyboard.press("ArrowRight")
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-03.jpg"))
    page.keyboard.press("i")
    details = page.get_by_role("complementary", name="Details")
    expect(details).to_contain_text("UTC+01:00")
    expect(details.get_by_role("link", name="The coast")).to_be_visible()
    assert audit(page) == []
    page.keyboard.press("z")
    expect(box.locator(".picture")).to_have_attribute("style", re.compile(r"scale\(2\.5\)"))
    page.keyboard.press("0")
    with page.expect_download() as download:
        page.keyboard.press("d")
    assert download.value.suggested_filename == "coast-03.jpg"

    # One step back leads out of all of them, to the photo that was looked at last.
    address = page.url
    page.go_back()
    expect(box).to_have_count(0)
    expect(tile(page, "coast-03.jpg")).to_be_focused()

    page.goto(address)
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-03.jpg"))
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/galleries/[^?]*$"))


def test_what_is_thrown_away_can_be_taken_back(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, _ = api.two_albums(paintings)
    page = visitor.open("/photos")
    expect(page.get_by_role("heading", name="July 2026")).to_be_visible()
    expect(page.get_by_role("heading", name="June 2026")).to_be_visible()
    assert audit(page) == []
    tile(page, "coast-01.jpg").click()
    page.keyboard.press("Delete")
    becomes(lambda: api.names(coast), ["coast-02.jpg", "coast-03.jpg", "coast-04.jpg"])
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_role("heading", name="30 days left")).to_be_visible()
    assert audit(page) == []
    tile(page, "coast-01.jpg").focus()
    page.keyboard.press("Space")
    page.get_by_role("toolbar", name="Chosen photos").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", name="Nothing in the trash")).to_be_visible()
    becomes(lambda: "coast-01.jpg" in api.names(coast), True)

    # And from the toast, at once.
    visitor.open("/photos")
    tile(page, "alps-01.jpg").focus()
    page.keyboard.press("Delete")
    expect(tile(page, "alps-01.jpg")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(tile(page, "alps-01.jpg")).to_be_visible()
    becomes(lambda: api("GET", "/images?trashed=true")["items"], [])


def test_chosen_photos_make_an_album_and_filters_stand_in_the_address(
    visitor: Visitor, api: Api, paintings: list[Painting]
) -> None:
    coast, _ = api.two_albums(paintings)
    page = visitor.open("/photos")
    page.get_by_role("button", name="Select").click()
    tile(page, "coast-01.jpg").click()
    tile(page, "alps-01.jpg").click()
    bar = page.get_by_role("toolbar", name="Chosen photos")
    bar.get_by_role("button", name="Add to album…").click()
    picker = page.get_by_role("dialog", name="Add 2 photos to…")
    picker.get_by_role("searchbox").fill("Best of both")
    picker.get_by_role("button", name="New album “Best of both”").click()
    expect(page.get_by_text("2 photos in “Best of both”")).to_be_visible()
    becomes(lambda: sorted(album["title"] for album in api.albums()), ["Best of both", "The alps", "The coast"])
    page.get_by_role("button", name="Undo").click()
    becomes(lambda: sorted(album["title"] for album in api.albums()), ["The alps", "The coast"])
    becomes(lambda: len(api.names(coast)), 4)

    page.get_by_role("button", name="Captured").click()
    expect(page).to_have_url(re.compile(r"\?show=capture$"))
    expect(page.get_by_role("heading", name="None of this kind")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-photo]")).to_have_count(7)

    # The palette finds albums by their titles.
    page.keyboard.press("Control+k")
    page.keyboard.type("the coa")
    expect(page.get_by_role("option", name="The coast")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The coast")).to_be_focused()


def test_ten_thousand_photos_scroll(visitor: Visitor) -> None:
    """The API is played here: what counts is that the page never holds more than a window of them."""
    visitor.register()
    page = visitor.page
    asked: list[str] = []
    page.route("**/api/v1/images?*", lambda route: _many(route, asked))
    visitor.open("/photos")
    tiles = page.locator("[data-photo]")
    expect(tiles.first).to_be_visible()
    most, started = 0, time.monotonic()
    while len(asked) < 50 and time.monotonic() < started + 90:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(60)
        most = max(most, tiles.count())
    assert len(asked) == len(set(asked)) == 50
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator('[data-photo="photo-9999"]')).to_be_visible()
    assert 0 < most < 250
    page.locator('[data-photo="photo-9999"] a').focus()
    page.keyboard.press("Home")
    expect(page.locator('[data-photo="photo-0"] a')).to_be_focused()
    assert tiles.count() < 250


def _many(route: Route, asked: list[str]) -> None:
    found = re.search(r"cursor=(\d+)", route.request.url)
    start = int(found.group(1)) if found else 0
    asked.append(str(start))
    day = 86_400
    items: list[dict[str, Any]] = [
        {
            "id": f"photo-{at}",
            "source": "upload",
            "url": "/icons/mark-512.png",
            "thumbnail_url": "/icons/mark-192.png",
            "original_url": "/icons/mark-512.png",
            "thumbhash": "4PcBFYRJoTh4BaGAZjVIaFZmAANq",
            "original_filename": f"{at}.jpg",
            "content_type": "image/jpeg",
            "file_size_bytes": 1,
            "width": 3000 if at % 3 else 2000,
            "height": 2000 if at % 3 else 3000,
            "taken_at": time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(1_780_000_000 - at // 20 * day)),
            "taken_at_offset": None,
            "album_ids": [],
            "created_at": "2026-06-01T00:00:00Z",
            "trashed_at": None,
        }
        for at in range(start, start + 200)
    ]
    following = str(start + 200) if start + 200 < 10_000 else None
    route.fulfill(json={"items": items, "next_cursor": following})


def test_on_a_phone(new_visitor: Callable[..., Visitor], paintings: list[Painting]) -> None:
    width, height = PHONE
    visitor = new_visitor(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    visitor.register()
    coast, _ = Api(visitor).two_albums(paintings)
    page = visitor.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Galleries").tap()
    page.get_by_role("list", name="Albums").get_by_role("link", name="The coast").tap()
    expect(page).to_have_url(re.compile(coast))
    tile(page, "coast-01.jpg").tap()
    box = page.get_by_role("dialog", name="Photo")
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-01.jpg"))
    _swipe(page, (300, 420), (80, 430))
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-02.jpg"))
    _swipe(page, (200, 300), (205, 560))  # down: away
    expect(box).to_have_count(0)

    # A finger that rests on a photo chooses it; then a tap chooses more.
    spot = tile(page, "coast-03.jpg").bounding_box()
    assert spot is not None
    _swipe(page, (spot["x"] + 30, spot["y"] + 60), (spot["x"] + 30, spot["y"] + 60), rest_ms=700)
    bar = page.get_by_role("toolbar", name="Chosen photos")
    expect(bar).to_be_visible()
    tile(page, "coast-04.jpg").tap()
    expect(page.get_by_text("2 photos chosen")).to_be_attached()
    assert audit(page) == []
    bar.get_by_role("button", name="Move here").tap()
    moving = page.get_by_role("toolbar", name="Moving photos")
    moving.get_by_role("button", name="Earlier").tap()
    moving.get_by_role("button", name="Place here").tap()
    becomes(lambda: Api(visitor).names(coast), ["coast-01.jpg", "coast-03.jpg", "coast-04.jpg", "coast-02.jpg"])


def _swipe(page: Page, start: tuple[float, float], end: tuple[float, float], rest_ms: int = 0) -> None:
    """A finger, as the browser gets it from the glass."""
    glass = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y} for x, y in points]
        glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    touch("touchStart", start)
    page.wait_for_timeout(rest_ms)
    for step in range(1, 6):
        share = step / 5
        if start != end:
            touch("touchMove", (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share))
    touch("touchEnd")


def test_full_pages_fit_every_window(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, _ = api.two_albums(paintings)
    token = api("POST", f"/albums/{coast}/share")["token"]
    photo = api("GET", f"/albums/{coast}")["images"][0]["id"]
    found = []
    for path in ("/", "/galleries", "/photos", f"/galleries/{coast}", f"/galleries/{coast}?photo={photo}",
                 f"/shared/{token}", f"/shared/{token}?photo={photo}"):  # fmt: skip
        page = visitor.open(path)
        settle(page)
        found += [f"{path}: {finding}" for finding in (*sideways(page), *small_targets(page))]
    assert found == []
