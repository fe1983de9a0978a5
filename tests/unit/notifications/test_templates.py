"""Every mail: complete, alike in text and HTML, safe from what people call themselves, readable in both themes."""

import re
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest

from darkroom import mail
from notifications import templates
from notifications.templates import page
from notifications.templates.letter import Button, Files

NASTY = '<b>O\'Brien & "Söhne"</b>\r\nBcc: everyone@example.test'
LINK = "https://darkroom.test/x?token=a&b=<c>"
SAMPLES = {
    "name": "Ada",
    "confirm_url": LINK,
    "reset_url": LINK,
    "url": LINK,
    "valid_for": "24 hours",
    "changed_at": "2026-11-21T10:00:00Z",
    "expires_at": "2026-11-28T10:00:00Z",
    "kept": "We keep the entries of the ledger, without your name.",
    "phone": "+49 … 78",
    "device": "Desk",
    "last_seen_at": "2026-11-26T09:30:00Z",
    "order": "01a21894-ea60-72a4-96c1-1ef2b40b093d",
    "photos": "3 photos",
    "total": "$27.00",
    "failed": "1 photo",
    "download_url": LINK,
    "refunded": "$9.00",
    "failures": [["Grandma.jpg", "It could not be read."]],
    "amount": "$9.00",
    "reason": "The photo was too blurred.",
    "orders": [["01a21894-ea60-72a4-96c1-1ef2b40b093d", "2026-11-26T09:30:00Z", LINK]],
    "expected": "$27.00",
    "paid": "$9.00",
}
FILES = (("photo one.zip", "https://darkroom.test/orders/1"),)


def rendered(name: str, /, **changes: Any) -> templates.Rendered:
    data = {field: {**SAMPLES, **changes}[field] for field in mail.TEMPLATES[name].fields}
    return templates.render(name, data, FILES)


class Outline(HTMLParser):
    """Reads a page as strictly as the standard library can: what opens is closed, and what people see is collected."""

    VOID: ClassVar = {"meta", "br", "img", "link"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "background"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_mail_that_a_product_can_name_has_a_letter() -> None:
    assert set(templates.LETTERS) == set(mail.TEMPLATES)


@pytest.mark.parametrize("name", templates.LETTERS)
def test_a_letter_uses_all_it_is_given_and_no_more(name: str) -> None:
    class Read(dict[str, Any]):
        seen: ClassVar[set[str]] = set()

        def __getitem__(self, key: str) -> Any:
            self.seen.add(key)
            return SAMPLES[key]

    Read.seen.clear()
    templates.LETTERS[name](Read())
    assert Read.seen | {"name"} == mail.TEMPLATES[name].fields | {"name"}


@pytest.mark.parametrize("name", templates.LETTERS)
def test_html_is_well_formed_and_needs_nothing_from_elsewhere(name: str) -> None:
    mail_ = rendered(name)
    outline = Outline(mail_.html)
    assert outline.open == []
    assert not outline.tags & {"img", "script", "link", "iframe", "form", "svg"}
    assert "url(" not in mail_.html
    assert "@import" not in mail_.html
    assert set(outline.links) <= {LINK, FILES[0][1]}
    assert len(mail_.html.encode()) < 100_000  # Gmail cuts at 102 KB


@pytest.mark.parametrize("name", templates.LETTERS)
def test_text_says_what_html_says(name: str) -> None:
    letter = templates.LETTERS[name](SAMPLES)
    mail_ = rendered(name)
    outline = Outline(mail_.html)
    seen = " ".join([*outline.text.split(), *outline.links])
    for line in mail_.text.splitlines():
        facts = re.split(r":\s+", line.strip().rstrip(":"))
        assert all(fact in seen for fact in facts if fact != "--"), line
    for block in letter.blocks:
        if isinstance(block, Button):
            assert block.url in mail_.text
    assert FILES[0][1] in mail_.text
    assert all(len(line) <= 72 or "://" in line for line in mail_.text.splitlines())


@pytest.mark.parametrize("name", templates.LETTERS)
def test_what_people_call_themselves_is_only_ever_text(name: str) -> None:
    mail_ = rendered(
        name,
        **dict.fromkeys(("name", "kept", "phone", "device", "valid_for", "reason", "order", "failed"), NASTY),
        failures=[[NASTY, NASTY]],
    )
    assert "<b>" not in mail_.html
    assert "b" not in Outline(mail_.html).tags
    assert "\n" not in mail_.subject
    assert "\r" not in mail_.subject


def test_an_order_whose_photos_all_came_out_says_nothing_of_failures() -> None:
    assert "could not be restored" in rendered("order_completed").text
    assert "could not be restored" not in rendered("order_completed", failed="").text


def test_each_photo_that_failed_stands_beside_its_reason() -> None:
    failures = [["Grandma.jpg", "It could not be read."], ["Grandpa.jpg", "It took too long."]]
    for name in ("order_photos_failed", "admin_photo_failed"):
        for said in (rendered(name, failures=failures).text, Outline(rendered(name, failures=failures).html).text):
            assert said.index("Grandma.jpg") < said.index("It could not be read.") < said.index("Grandpa.jpg")
            assert "It took too long." in said


def test_every_order_of_an_address_has_a_link_of_its_own() -> None:
    orders = [
        ["01a21894-ea60-72a4-96c1-1ef2b40b0931", "2026-11-26T09:30:00Z", "https://d.test/1#a"],
        ["01a21894-ea60-72a4-96c1-1ef2b40b0932", "2026-11-27T09:30:00Z", "https://d.test/2#b"],
    ]
    mail_ = rendered("order_links", orders=orders)
    assert [link for link in Outline(mail_.html).links if "d.test" in link] == [
        url for _, _, url in orders for _ in (1, 2)
    ]
    assert all(url in mail_.text for _, _, url in orders)
    assert "Order B40B0932 of 27 November 2026" in mail_.text


@pytest.mark.parametrize(
    "name", sorted(name for name in templates.LETTERS if {"order", "orders"} & mail.TEMPLATES[name].fields)
)
def test_an_order_has_the_name_that_its_page_shows(name: str) -> None:
    mail_ = rendered(name)
    assert "B40B093D" in mail_.text
    assert "01a21894" not in f"{mail_.subject} {mail_.text} {mail_.html}"


@pytest.mark.parametrize("name", templates.LETTERS)
def test_a_subject_begins_and_ends_with_a_word(name: str) -> None:
    assert (subject := templates.LETTERS[name](SAMPLES).subject) == " ".join(subject.split())
    assert rendered(name).subject == subject


def test_letters_of_orders_tell_no_customer_of_another_kind_of_money() -> None:
    """Whether a card or credits paid, the letter is the same and must not promise what only one of them does."""
    said = {name: " ".join(rendered(name).text.split()) for name in ("order_photos_failed", "order_refunded")}
    assert "What was paid by card goes back by itself" in said["order_photos_failed"]
    assert "A bank may take some days to show it" in said["order_refunded"]
    assert all("Credits are back at once." in each for each in said.values())


def test_only_the_letter_about_a_refund_says_that_one_is_made() -> None:
    """It leaves when the provider has taken the refund on; the one about photos leaves before."""
    assert "goes back to you" in rendered("order_refunded").text
    assert "goes back to you" not in rendered("order_photos_failed").text


def test_a_subject_is_one_line_whatever_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    letter = templates.letter.Letter(f"Hello {NASTY}", "x", ())
    monkeypatch.setattr(templates, "LETTERS", {"greeting": lambda _: letter})
    subject = templates.render("greeting", {}).subject
    assert subject == 'Hello <b>O\'Brien & "Söhne"</b> Bcc: everyone@example.test'


def test_files_that_are_too_large_are_linked() -> None:
    mail_ = rendered("export_ready")
    assert f"photo one.zip\n{FILES[0][1]}" in mail_.text
    assert f'href="{FILES[0][1]}"' in mail_.html
    assert Files(FILES).links == FILES


def test_times_are_told_as_one_reads_them() -> None:
    assert "28 November 2026, 10:00 UTC" in rendered("export_ready").text
    shifted = rendered("export_ready", expires_at="2026-11-28T01:00:00+02:00")
    assert "27 November 2026, 23:00 UTC" in shifted.text


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [page.PAPER, page.SAFELIGHT], ids=["paper", "safelight"])
def test_no_text_is_under_aa(theme: page.Theme) -> None:
    for text in (theme.ink, theme.quiet, theme.accent):
        assert _contrast(text, theme.sheet) >= 4.5
        assert _contrast(text, theme.ground) >= 4.5
    assert _contrast(theme.on_accent, theme.accent) >= 4.5


def test_every_colour_has_its_dark_counterpart() -> None:
    html = rendered("export_ready").html
    styles = html.partition("</style>")[0]
    classes = set(" ".join(re.findall(r'class="([^"]+)"', html)).split())
    assert {name for name in classes if f".{name} {{" not in styles} == set()
