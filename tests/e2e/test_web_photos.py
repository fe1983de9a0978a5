"""Photos by themselves: one at a time, ten thousand of them, in the trash and back, under fingers, at every width."""

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.gallery import Api, Painting, becomes, tile
from tests.e2e.web import PHONE, Visitor, audit, sideways, small_targets, walk


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

    # A click on the side that leads no further: the keys go on working.
    page.get_by_role("button", name="Next photo").click()
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-04.jpg"))
    page.keyboard.press("ArrowLeft")
    expect(box.get_by_role("img")).to_have_attribute("alt", re.compile("coast-03.jpg"))

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

    # Escape twice, as it is pressed by who is in a hurry, is one step too.
    page.keyboard.press("Enter")
    expect(box).to_be_visible()
    page.evaluate("for (let times = 0; times < 2; times++) document.querySelector('dialog[open]').requestClose()")
    expect(box).to_have_count(0)
    expect(tile(page, "coast-03.jpg")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/galleries/[^?]*$"))


def test_what_comes_after_a_photo_was_closed_harms_nobody(
    visitor: Visitor, api: Api, paintings: list[Painting]
) -> None:
    """A picture that was still loading, and the address of an original that was asked for."""
    coast, _ = api.two_albums(paintings)
    first = api("GET", f"/albums/{coast}")["images"][0]
    picture = re.compile(re.escape(first["url"].partition("?")[0]))
    page = visitor.open(f"/galleries/{coast}")
    box = page.get_by_role("dialog", name="Photo")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(picture, hold)
    with page.expect_request(picture):
        tile(page, "coast-01.jpg").click()
    image = box.get_by_role("img").element_handle()
    image.evaluate("image => { image.came = new Promise(come => image.addEventListener('load', () => come(true))) }")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    for route in held:
        route.continue_()
    assert image.evaluate("image => image.came")
    page.unroute(picture)

    original = re.compile(f"/api/v1/images/{first['id']}$")
    held.clear()
    page.route(original, hold)
    tile(page, "coast-01.jpg").click()
    expect(box).to_be_visible()
    with page.expect_request(original):
        page.keyboard.press("d")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    with page.expect_download() as download:
        held[0].continue_()
    assert download.value.suggested_filename == "coast-01.jpg"


def test_what_is_thrown_away_can_be_taken_back(visitor: Visitor, api: Api, paintings: list[Painting]) -> None:
    coast, _ = api.two_albums(paintings)
    page = visitor.open("/photos")
    expect(page.get_by_role("heading", name="July 2026")).to_be_visible()
    expect(page.get_by_role("heading", name="June 2026")).to_be_visible()
    assert audit(page) == []
    tile(page, "coast-01.jpg").click()
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()
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

    # The toast outlives the page.
    tile(page, "alps-02.jpg").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
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
    expect(page.get_by_role("combobox")).to_be_focused()
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

    # A finger that rests on a photo chooses it; then a tap chooses more. Until the focus is back, the page may move.
    expect(tile(page, "coast-02.jpg")).to_be_focused()
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
    paths = ("/", "/galleries", "/photos", f"/galleries/{coast}", f"/galleries/{coast}?photo={photo}",
                 f"/shared/{token}", f"/shared/{token}?photo={photo}")  # fmt: skip
    for path, page in walk(visitor, paths):
        found += [f"{path}: {finding}" for finding in (*sideways(page), *small_targets(page))]
    assert found == []
