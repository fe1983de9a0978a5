"""`make demo` against the running stack, with a few photos of its many."""

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from darkroom_client import Client, MemoryTokens
from infra.local.demo import __main__ as demo
from infra.local.demo import galleries, restorations, stories
from infra.local.demo.person import EMAIL, PASSWORD
from infra.local.home import Home

FEW = 4


def run() -> str:
    with redirect_stdout(io.StringIO()) as said:
        assert demo.main() == 0
    return said.getvalue()


def test_the_demo_person_has_albums_and_doing_it_again_adds_nothing(
    stack: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birthday = [shot for shot in stories.shots() if shot.name.startswith("IMG_20260919")]
    monkeypatch.setattr(stories, "shots", lambda: birthday[:FEW])
    monkeypatch.setattr(demo, "FILLERS", (galleries.fill,))
    monkeypatch.setattr(demo, "chosen", lambda: Home(tmp_path))
    monkeypatch.setattr(demo, "read_document", lambda _: stack)
    said = run()
    assert f"{FEW} photos" in said
    assert PASSWORD in said
    with Client(stack["web"], MemoryTokens()) as client:
        client.sign_in(EMAIL, PASSWORD)
        before = {album.id: album.image_count for album in client.albums()}
        assert sum(before.values()) >= FEW
        assert run() == said
        assert {album.id: album.image_count for album in client.albums()} == before


def test_the_demo_person_has_orders_of_old_photos_one_of_them_unpaid(
    stack: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restorations, "PAID", 1)
    monkeypatch.setattr(restorations, "WAITING", 1)
    monkeypatch.setattr(restorations, "WIDE", 480)
    monkeypatch.setattr(demo, "FILLERS", (restorations.fill,))
    monkeypatch.setattr(demo, "chosen", lambda: Home(tmp_path))
    monkeypatch.setattr(demo, "read_document", lambda _: stack)
    said = run()
    with Client(stack["web"], MemoryTokens()) as client:
        client.sign_in(EMAIL, PASSWORD)
        orders = list(client.restoring.orders())
        assert {"completed", "pending_payment"} <= {order.status for order in orders}
        assert all(order.restored == order.photos for order in orders if order.status == "completed")
        assert run() == said  # what is there stays
        assert list(client.restoring.orders()) == orders


def test_without_a_stack_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "chosen", lambda: Home(tmp_path))
    with redirect_stdout(io.StringIO()) as said:
        assert demo.main() == 1
    assert "make run" in said.getvalue()
