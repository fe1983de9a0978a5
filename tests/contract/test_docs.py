"""Documents say what there is: every setting, every decision that is named, every command that is shown."""

import re
from dataclasses import fields
from pathlib import Path

from darkroom.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "client" / "README.md",
    *(ROOT / "docs").rglob("*.md"),
]


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert [each.name for each in fields(Settings) if f"`{each.name}`" not in page] == []


def test_no_setting_is_documented_that_is_gone() -> None:
    table = (ROOT / "docs" / "settings.md").read_text().partition("## The secret")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named - {each.name for each in fields(Settings)} == set()


def test_every_make_command_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {name for page in PAGES for name in re.findall(r"\bmake ([a-z][a-z-]*)\b", _code(page))}
    assert shown - targets == set()


def test_every_link_leads_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_typescript_example_is_the_one_that_is_checked() -> None:
    [shown] = re.findall(r"```ts\n(.*?)```", (ROOT / "docs" / "clients.md").read_text(), re.DOTALL)
    assert shown == (ROOT / "web" / "examples" / "albums.ts").read_text()


def _code(page: Path) -> str:
    """Only what is marked as code: prose may make sense of the word."""
    return "\n".join(re.findall(r"`+([^`]+)`+", page.read_text()))
