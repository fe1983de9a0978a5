"""Cameras in a browser: from the first code to the film of a day, by mouse and keyboard."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from infra.local.demo.cameras import Agent
from infra.tools.screenshots import settle
from tests.e2e.desk import Desk, answering, next_command, view
from tests.e2e.gallery import Api, becomes
from tests.e2e.web import PHONE, Visitor, audit, comes, sideways, small_targets, walk


def _shifts(page: Page) -> float:
    """How far the page has moved under the eyes since it was opened, without being asked to."""
    moved: float = page.evaluate(
        """new Promise(told => new PerformanceObserver((list, observer) => {
            observer.disconnect();
            told(list.getEntries().filter(entry => !entry.hadRecentInput).reduce((sum, entry) => sum + entry.value, 0));
        }).observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => told(0), 500))"""
    )
    return moved


def _noon(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def test_from_no_camera_to_the_first_photo(visitor: Visitor) -> None:
    visitor.register()
    page = visitor.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Captures").click()
    expect(page.get_by_role("heading", name="A camera that earns")).to_be_visible()
    page.get_by_role("link", name="Add a camera").click()

    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Desk by the window")
    page.keyboard.press("Enter")
    code = dialog.get_by_label(re.compile("^Code:"))
    expect(code).to_be_visible()
    letters = (code.get_attribute("aria-label") or "").removeprefix("Code: ").replace(" ", "")
    expect(dialog.get_by_label("Command")).to_have_text(f"darkroom-agent pair {letters} --api {visitor.origin}/api/v1")
    expect(dialog.get_by_text(re.compile(r"Works once, for 9:\d\d minutes"))).to_be_visible()
    assert audit(page) == []

    # The agent takes the code, and the page notices.
    agent = Agent.paired(visitor.stack["api"], letters)
    expect(dialog.get_by_text("Desk by the window is paired.")).to_be_visible()
    agent.beat()
    dialog.get_by_role("link", name="Take the first photo").click()

    # Every step is said in words, and the photo appears by itself.
    page.get_by_role("button", name="Capture now").click()
    command = next_command(agent)
    current = page.locator("li.current")
    expect(current).to_contain_text("Sent to the camera")
    photo = view(1)
    place = agent.call(f"/agent/captures/{command['capture_id']}/upload-url", _announced(photo))
    expect(current).to_contain_text("On its way")
    agent.bring(place, photo, datetime.now(UTC))
    expect(page.get_by_text("The photo is here.").last).to_be_visible()
    expect(page.get_by_alt_text("What Desk by the window saw last")).to_be_visible()
    expect(page.get_by_text("Earned $0.50")).to_be_visible()
    figures = page.locator("dl[aria-label=Figures]")
    expect(figures.get_by_text("$0.50")).to_have_count(2)
    expect(page.get_by_role("list", name="Photos of the day").get_by_role("link")).to_have_count(1)
    assert audit(page) == []


def _announced(photo: bytes) -> dict[str, Any]:
    from hashlib import sha256

    return {"content_type": "image/jpeg", "size_bytes": len(photo), "sha256": sha256(photo).hexdigest()}


def test_the_keyboard_is_never_left_without_a_place(visitor: Visitor) -> None:
    """What had the focus is gone, because a code stands where a form was or the dialog is closed: another has it."""
    visitor.register()
    page = visitor.open("/captures/cameras")
    dialog = page.get_by_role("dialog")
    title = page.get_by_role("heading", name="Cameras", exact=True)
    add = page.get_by_role("button", name="Add a camera")

    # Opened and closed at once, the focus is where it was.
    expect(add).to_be_visible()
    add.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("add"))
    expect(add).to_be_focused()

    # The code stands where the form was, and one goes on from the dialog's new title.
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Attic")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="Pair Attic")).to_be_focused()
    for name in ("Close", "Copy the command", "New code"):
        page.keyboard.press("Tab")
        expect(dialog.locator(":focus")).to_have_accessible_name(name)

    # The empty page had the button; now that there is a camera, the page is another one, and its title has the focus.
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("add"))
    expect(page.get_by_role("list", name="Cameras")).to_be_visible()
    expect(title).to_be_focused()

    # So also for the browser's back, and for whoever came by a link.
    add.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.go_back()
    expect(dialog).to_have_count(0)
    expect(add).to_be_focused()
    visitor.open("/captures/cameras?add")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("add"))
    expect(title).to_be_focused()


@pytest.mark.parametrize("size", [PHONE, (1280, 900)], ids=["phone", "desk"])
def test_nothing_moves_while_a_photo_comes(visitor: Visitor, size: tuple[int, int]) -> None:
    """Not with five cameras either: the button is in sight, and so is the chosen one of them."""
    visitor.register()
    page = visitor.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    desk = Desk(visitor, "The first of them")
    for name in ("Attic", "Garden", "Kitchen", "Stairs"):
        Desk(visitor, name, pair=False)
    visitor.open(f"/captures?camera={desk.id}")
    button = page.get_by_role("button", name="Capture now")
    expect(button).to_be_in_viewport(ratio=1)
    if size == PHONE:
        bar = page.get_by_role("navigation", name="Main").bounding_box()
        place = button.bounding_box()
        assert bar is not None
        assert place is not None
        assert place["y"] + place["height"] <= bar["y"]
    expect(page.get_by_role("radio", name="The first of them")).to_be_in_viewport(ratio=0.9)

    figures = page.locator("dl[aria-label=Figures]")
    settle(page)
    before = figures.bounding_box()
    button.click()
    command = next_command(desk.agent)
    expect(page.locator("li.current")).to_contain_text("Sent to the camera")
    assert figures.bounding_box() == before
    desk.agent.answer(command["capture_id"], view(1))
    expect(page.get_by_text("Earned $0.50")).to_be_visible()
    assert figures.bounding_box() == before
    expect(page.get_by_alt_text("What The first of them saw last")).to_have_css("object-fit", "contain")


def test_what_goes_wrong_is_said_with_what_to_do(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    page = visitor.open("/captures")
    with desk.answering(act=lambda agent, capture: agent.fail(capture, "the camera is used by another program")):
        page.get_by_role("button", name="Capture now").click()
        expect(page.get_by_text("The camera is used by another program.").first).to_be_visible()
    expect(page.get_by_text("See whether it is plugged in")).to_be_visible()
    with desk.answering(5):
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("The photo is here.").last).to_be_visible()
    expect(page.get_by_text("1 photo could not be taken")).to_be_visible()


def test_a_camera_that_is_away_takes_the_photo_when_it_is_back(visitor: Visitor) -> None:
    visitor.register()
    Desk(visitor, "Attic", pair=False)
    api = Api(visitor)
    device = api("GET", "/devices")["items"][0]
    code = api("POST", f"/devices/{device['id']}/pairing")["pairing_code"]
    agent = Agent.paired(visitor.stack["api"], code)  # paired, and not heard of since
    page = visitor.open("/captures")
    page.get_by_role("button", name="Capture when it is back online").click()
    expect(page.get_by_text("Attic takes it when it is back online.").last).to_be_visible()
    with answering(agent):
        expect(page.get_by_text("The photo is here.").last).to_be_visible()


def test_pausing_is_undone_from_the_toast(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    page = visitor.open("/captures/cameras")
    page.get_by_role("button", name="Pause Desk").click()
    expect(page.get_by_text("Paused: takes no photos")).to_be_visible()
    becomes(lambda: desk.agent.beat()["paused"], True)  # the page does not wait for the answer
    page.goto(visitor.origin + "/captures")
    expect(page.get_by_text("While it is paused nobody takes photos")).to_be_visible()
    page.get_by_role("button", name="Let it take photos again").click()
    expect(page.get_by_role("button", name="Capture now")).to_be_visible()

    page.goto(f"{visitor.origin}/captures/cameras/{desk.id}")
    page.get_by_role("switch", name="Pause Desk").click()
    toast = page.get_by_role("status").filter(has_text="Desk is paused")
    toast.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("switch", name="Pause Desk")).to_have_attribute("aria-checked", "false")
    becomes(lambda: desk.agent.beat()["paused"], False)


def test_a_camera_is_renamed_and_removed(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    page = visitor.open("/captures/cameras")
    page.get_by_role("button", name="More for Desk").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Garden")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_role("link", name="Garden").first).to_be_visible()

    page.get_by_role("link", name="Garden").last.click()
    page.wait_for_url(f"**/captures/cameras/{desk.id}")  # the list has a menu for it too
    expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    page.get_by_role("button", name="More for Garden").click()
    page.get_by_role("menuitem", name="Remove…").click()
    dialog = page.get_by_role("dialog", name="Remove Garden?")
    expect(dialog.get_by_text("All photos that are here")).to_be_visible()
    assert audit(page) == []
    dialog.get_by_role("button", name="Remove the camera").click()
    expect(page.get_by_role("heading", name="No camera yet")).to_be_visible()
    assert desk.api("GET", "/devices")["items"] == []
    visitor.forgive("status of 404")


def test_a_schedule_in_plain_words(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    page = visitor.open("/captures/schedules")
    page.get_by_role("link", name="New schedule").click()
    expect(page.get_by_role("heading", name="New schedule")).to_be_visible()
    page.get_by_label("Every", exact=True).fill("15")
    for day in ("Saturday", "Sunday"):
        page.get_by_role("checkbox", name=day).uncheck(force=True)
    page.get_by_label("Only between certain hours").check()
    page.get_by_label("From").select_option("9")
    page.get_by_label("Until").select_option("17")
    zone = page.get_by_role("combobox", name="Time zone")
    zone.click()
    zone.press_sequentially("berl")
    page.keyboard.press("Enter")
    expect(zone).to_have_value("Berlin, Europe")
    pane = page.get_by_role("complementary", name="What will happen")
    expect(pane).to_contain_text("Every 15 minutes on weekdays, 9:00 to 16:59, Berlin time")
    expect(pane).to_contain_text("32 photos a day")
    expect(pane).not_to_contain_text("are paid")  # all of them are
    expect(pane.get_by_role("listitem")).to_have_count(5)
    assert audit(page) == []
    page.get_by_role("button", name="Start the schedule").click()
    expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    made = desk.api("GET", "/schedules")["items"][0]
    assert (made["expression"], made["timezone"]) == ("cron(0/15 9-16 ? * MON-FRI *)", "Europe/Berlin")
    assert made["name"] == made["description"]

    switch = page.get_by_role("switch", name=made["name"])
    switch.click()
    expect(page.get_by_text("Switched off")).to_be_visible()
    expect(switch).to_have_attribute("aria-checked", "false")
    page.get_by_role("button", name=f"More for {made['name']}").click()
    page.get_by_role("menuitem", name="Remove…").click()
    page.get_by_role("button", name="Remove the schedule").click()
    expect(page.get_by_role("heading", name="Photos by themselves")).to_be_visible()


def test_what_the_form_cannot_say_is_left_as_it_is(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    body = {
        "device_id": desk.id,
        "name": "Second Tuesdays",
        "expression": "cron(0 9 ? * 3#2 *)",
        "timezone": "Asia/Kathmandu",
        "starts_at": "2026-12-01T00:00:00Z",
    }
    made = desk.api("POST", "/schedules", body)
    page = visitor.open(f"/captures/schedules/{made['id']}")
    expect(page.get_by_label("Expression")).to_have_value("cron(0 9 ? * 3#2 *)")
    expect(page.get_by_text("The simple form cannot say this one.")).to_be_visible()
    page.get_by_label("Name").fill("Tuesdays")
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_role("link", name="Tuesdays")).to_be_visible()
    now = desk.api("GET", f"/schedules/{made['id']}")
    assert now["name"] == "Tuesdays"
    assert {key: now[key] for key in body if key != "name"} == {key: made[key] for key in body if key != "name"}


def test_mistakes_of_a_schedule_are_said_and_nothing_is_lost(visitor: Visitor) -> None:
    visitor.register()
    Desk(visitor)
    page = visitor.open("/captures/schedules/new")
    page.get_by_label("Name").fill("Tides")
    page.get_by_role("radio", name="At times of day").check(force=True)
    page.get_by_role("button", name="Add a time").click()
    page.get_by_label("Time 2").fill("12:30")
    expect(page.get_by_text("make a second schedule").first).to_be_visible()
    expect(page.get_by_role("button", name="Start the schedule")).to_be_disabled()
    page.get_by_label("Time 2").fill("12:00")
    pane = page.get_by_role("complementary", name="What will happen")
    expect(pane).to_contain_text("At 8:00 and 12:00 every day")

    page.get_by_text("Advanced: as an expression").click()
    page.get_by_label("Expression").fill("cron(0 9 31 2 ? *)")
    expect(page.get_by_text("never fire").first).to_be_visible()
    page.get_by_label("Expression").fill("rate(20 minutes)")
    expect(page.get_by_label("Every", exact=True)).to_have_value("20")
    expect(page.get_by_label("Name")).to_have_value("Tides")
    visitor.forgive("status of 400.*preview")


def test_a_day_is_walked_played_and_made_into_a_film(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    ids = [desk.report(number, _noon(1) + timedelta(minutes=10 * number))["id"] for number in range(6)]
    page = visitor.open("/captures")
    page.get_by_role("link", name="The day before").click()
    day = _noon(1).date().isoformat()
    expect(page).to_have_url(re.compile(f"day={day}"))
    strip = page.get_by_role("list", name="Photos of the day")
    expect(strip.get_by_role("link")).to_have_count(6)
    strip.get_by_role("link").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")

    viewer = page.get_by_role("dialog", name="Photos of Yesterday")
    expect(viewer).to_be_visible()
    expect(page).to_have_url(re.compile(f"photo={ids[4]}"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"photo={ids[3]}"))
    assert audit(page) == []
    page.keyboard.press("Home")
    viewer.get_by_label("Speed").select_option("24 a second")
    viewer.get_by_role("button", name="Play").click()
    expect(page).to_have_url(re.compile(f"photo={ids[5]}"))
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(strip.get_by_role("link").last).to_be_focused()

    # Who asked for less motion is shown the first photo, and starts it by hand.
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page).to_have_url(re.compile(f"photo={ids[0]}"))
    expect(viewer.get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("Escape")

    # A photo has an address that can be sent, and is led to its day.
    page.goto(f"{visitor.origin}/captures?photo={ids[2]}")
    expect(page.get_by_role("dialog", name="Photos of Yesterday")).to_be_visible()
    expect(page).to_have_url(re.compile(f"day={day}"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Photos of Yesterday")).to_have_count(0)

    page.get_by_role("button", name="Make a film").click()
    dialog = page.get_by_role("dialog", name="Make a film")
    expect(dialog.get_by_text("6 photos make a film of about 1 second.")).to_be_visible()
    assert audit(page) == []
    dialog.get_by_role("button", name="Make the film").click()
    row = page.get_by_role("complementary", name="Activity").get_by_role("listitem").filter(has_text="Film of Desk")
    row.get_by_role("link", name="Watch").click(timeout=90_000)
    expect(page.get_by_role("heading", name=re.compile("Film of Desk"))).to_be_visible()
    expect(page.get_by_role("link", name="Download").first).to_be_visible()
    assert audit(page) == []


def test_one_looks_closer_at_the_same_spot_of_photo_after_photo(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    ids = [desk.report(number, _noon(1) + timedelta(minutes=10 * number))["id"] for number in range(3)]
    page = visitor.open(f"/captures?day={_noon(1).date().isoformat()}&photo={ids[0]}")
    viewer = page.get_by_role("dialog", name="Photos of Yesterday")
    closer = viewer.get_by_role("button", name="Look closer")
    expect(viewer.get_by_role("img")).to_be_visible()
    page.keyboard.press("z")
    expect(viewer.get_by_role("img")).to_have_attribute("style", re.compile(r"scale\(2\.5\)"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"photo={ids[1]}"))
    expect(viewer.get_by_role("img")).to_have_attribute("style", re.compile(r"scale\(2\.5\)"))
    expect(closer).to_have_attribute("aria-pressed", "true")

    # To the last one by its button, which is of no use there: the keys go on working.
    viewer.get_by_role("button", name="Next photo").click()
    expect(page).to_have_url(re.compile(f"photo={ids[2]}"))
    page.keyboard.press("0")
    expect(closer).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"photo={ids[1]}"))


def test_a_late_answer_leads_nobody_away(visitor: Visitor) -> None:
    """A photo that was sent without its day is led to it, but not who has gone on meanwhile."""
    visitor.register()
    desk = Desk(visitor)
    capture = desk.report(1, _noon(1))["id"]
    page = visitor.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    asked = re.compile(f"/api/v1/captures/{capture}$")
    page.route(asked, hold)
    with page.expect_request(asked):
        visitor.open(f"/captures?photo={capture}")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Earnings").click()
    expect(page.get_by_role("heading", name="Earnings", exact=True)).to_be_visible()
    with page.expect_request_finished(lambda request: asked.search(request.url) is not None):
        held[0].continue_()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Galleries").click()
    expect(page.get_by_role("heading", name="Galleries", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{visitor.origin}/galleries")


def test_earnings_as_they_come(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    desk.report(1, _noon(0) - timedelta(hours=20))
    page = visitor.open("/earnings")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Photo from Desk")
    expect(rows.first.get_by_role("link", name=re.compile("The photo of"))).to_be_visible()

    # Once more the same view: it is kept, it earns nothing, and the page says why by itself.
    desk.agent.report(view(1), _noon(0) - timedelta(hours=19), _named("again"))
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("kept unpaid")
    expect(rows.first).to_contain_text("It shows the same as your photo of")
    expect(page.get_by_text("$0.50").first).to_be_visible()
    assert audit(page) == []


def _named(name: str) -> Any:
    from uuid import NAMESPACE_URL, uuid4, uuid5

    return uuid5(NAMESPACE_URL, f"{name} {uuid4()}")


def test_pages_move_without_a_socket_and_with_a_new_one(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    page = visitor.page
    blocked = True
    held: list[Callable[[], None]] = []

    def route(socket: WebSocketRoute) -> None:
        if blocked:
            socket.close()
            return
        server = socket.connect_to_server()
        socket.on_message(lambda frame: held.append(lambda: server.send(frame)))

    page.route_web_socket(re.compile("/ws"), route)
    visitor.open("/captures")
    expect(page.get_by_text("The live connection is gone for now.")).to_be_visible()
    strip = page.get_by_role("list", name="Photos of the day").get_by_role("link")
    now = datetime.now(UTC)
    desk.report(1, now)
    expect(strip).to_have_count(1)

    # A photo that is taken after the socket is open, and before it listens to anything.
    blocked = False
    comes(page, lambda: held)
    settle(page)
    desk.report(2, now)
    expect(strip).to_have_count(1)
    for send in held:
        send()
    expect(strip).to_have_count(2)
    expect(page.get_by_text("The live connection is gone for now.")).to_have_count(0)


def test_the_overview_moves_by_itself(visitor: Visitor) -> None:
    visitor.register()
    desk = Desk(visitor)
    page = visitor.open("/")
    expect(page.get_by_text("Nothing in the books yet")).to_be_visible()
    desk.report(1, datetime.now(UTC))
    expect(page.get_by_role("list", name="Latest captures").get_by_role("link")).to_have_count(1)
    expect(page.get_by_text("Photo from Desk")).to_be_visible()
    expect(page.get_by_text("$0.50").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_filled_pages_are_for_everybody(new_visitor: Callable[..., Visitor], theme: str) -> None:
    visitor = new_visitor(color_scheme=theme)
    visitor.register()
    desk = Desk(visitor)
    Desk(visitor, "A camera with quite a long name, over the river and beside the old mill", pair=False)
    for number in range(4):
        desk.report(number, _noon(1) + timedelta(hours=number))
    plan = {"name": "By day", "expression": "cron(0/10 8-17 ? * MON-FRI *)", "timezone": "Europe/Berlin"}
    made = desk.api("POST", "/schedules", {"device_id": desk.id, **plan})
    day = _noon(1).date().isoformat()
    photo = desk.api("GET", "/captures")["items"][0]["id"]
    paths = [
        f"/captures?day={day}",
        f"/captures?day={day}&photo={photo}",
        "/captures/cameras",
        f"/captures/cameras/{desk.id}",
        "/captures/schedules",
        f"/captures/schedules/{made['id']}",
        "/earnings",
        "/",
    ]
    found = []
    for path, page in walk(visitor, paths):
        if theme == "light":
            found += [f"{path} moved by {moved}" for moved in [_shifts(page)] if moved > 0.02]
        found += [f"{path}: {finding}" for finding in audit(page)]
        if theme == "dark":
            found += [f"{path}: {finding}" for finding in sideways(page) + small_targets(page)]
    assert found == []


def test_by_keyboard_and_on_a_phone(new_visitor: Callable[..., Visitor]) -> None:
    visitor = new_visitor()
    visitor.register()
    page = visitor.page
    for key, heading in (("c", "Captures"), ("m", "Cameras"), ("s", "Schedules"), ("e", "Earnings")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("add a cam")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Add a camera")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Add a camera")).to_have_count(0)

    width, height = PHONE
    phone = new_visitor(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    phone.register()
    phone.page.get_by_role("navigation", name="Main").get_by_role("link", name="Captures").tap()
    expect(phone.page.get_by_role("heading", name="Captures", exact=True)).to_be_visible()
