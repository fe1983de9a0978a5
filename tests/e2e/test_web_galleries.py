"""Photos become albums, and a person makes them theirs: in a browser, by mouse and keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
from playwright.sync_api import Page, expect

from tests.e2e.gallery import Api, Painting, becomes, tile
from tests.e2e.web import Visitor, audit


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
    made = len(Api(visitor).albums())
    assert made >= 2
    expect(page.get_by_role("list", name="Albums").get_by_role("link")).to_have_count(made)
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
    in_order = ["coast-01.jpg", "coast-02.jpg", "coast-03.jpg", "coast-04.jpg"]
    becomes(lambda: api.names(coast), in_order)

    # By hand: the last one to the front. Escape in between puts back what arrows carried.
    page.locator("[data-photo] a").first.focus()
    page.keyboard.press("m")
    expect(page.get_by_role("toolbar", name="Moving photos")).to_be_visible()
    page.keyboard.press("ArrowRight")
    becomes(lambda: list(_shown(page))[:2], ["coast-02.jpg", "coast-01.jpg"])
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar", name="Moving photos")).to_have_count(0)
    becomes(lambda: list(_shown(page)), in_order)
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
