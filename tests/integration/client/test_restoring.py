"""Old photos by the client: without an account and with one, and through what may go wrong on the way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom_client import Client, DarkroomError, MemoryTokens, NotSignedIn, Refused, Tray, Wishes, restoring
from darkroom_client.cli import main
from tests.factories import photos
from tests.fakes.public_api import PASSWORD
from tests.fakes.restoring_api import RestoringApi
from tests.integration.client.conftest import IMPATIENT


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RestoringApi]:
    monkeypatch.setattr(restoring, "_FIRST_LOOK", 0.01)
    with RestoringApi() as running:
        yield running


@pytest.fixture
def stranger(server: RestoringApi) -> Iterator[Client]:
    with Client(server.url, MemoryTokens(), patience=IMPATIENT) as opened:
        yield opened


@pytest.fixture
def prints(tmp_path: Path) -> list[Path]:
    made = [tmp_path / name for name in ("grandmother.jpg", "harbour.jpg")]
    for number, path in enumerate(made):
        path.write_bytes(photos.jpeg(16 + number, 8))
    return made


def brought(client: Client, files: list[Path]) -> Tray:
    tray = client.restoring.bring(files)
    client.restoring.wait_for_files(tray)
    return tray


def test_a_stranger_brings_photos_pays_and_gets_them_restored(
    server: RestoringApi, stranger: Client, prints: list[Path], tmp_path: Path
) -> None:
    server.looks = server.packing = 2
    tray = stranger.restoring.bring(prints)
    assert sorted(server.objects.values()) == sorted(path.read_bytes() for path in prints)
    assert [file.status for file in stranger.restoring.wait_for_files(tray)] == ["valid", "valid"]
    checkout = stranger.restoring.check_out(tray, "ada@example.com", Wishes(fidelity=0.9, upscale=2))
    assert checkout.url is not None
    asked = server.orders[checkout.order_id]["asked"]
    assert asked["options"] == {"fidelity": 0.9, "colorize": False, "upscale": 2}
    assert stranger.restoring.order(checkout.order_id, checkout.token).status == "pending_payment"
    server.pay(checkout.order_id)
    heard: list[str] = []
    order = stranger.restoring.wait(checkout.order_id, checkout.token, lambda found: heard.append(found.status))
    assert (heard[0], heard[-1]) == ("processing", "completed")
    assert (order.restored, order.total_cents) == (2, 1800)
    to = tmp_path / "out.zip"
    assert stranger.restoring.download(order.id, to, checkout.token) == to.stat().st_size
    assert to.read_bytes().startswith(b"restored all")
    one = tmp_path / "one.jpg"
    stranger.restoring.download(order.id, one, checkout.token, [order.photos[0].id])
    assert order.photos[0].id.encode() in one.read_bytes()
    assert list(tmp_path.glob("*.part")) == []


def test_tokens_are_shown_to_nobody_who_prints_them(stranger: Client, prints: list[Path]) -> None:
    tray = brought(stranger, prints)
    checkout = stranger.restoring.check_out(tray, "ada@example.com")
    assert tray.token not in repr(tray)
    assert checkout.token not in repr(checkout)


def test_what_may_pass_is_tried_again(server: RestoringApi, stranger: Client, prints: list[Path]) -> None:
    server.next("/upload", 503)
    server.next("PUT", 500, "lose")
    server.next("/checkout", "lose")
    tray = brought(stranger, prints)
    stranger.restoring.check_out(tray, "ada@example.com")
    assert len(server.uploads) == len(server.orders) == 1


def test_an_address_that_has_expired_is_asked_for_anew(
    server: RestoringApi, stranger: Client, prints: list[Path]
) -> None:
    server.url_seconds = 0
    original = server._renew

    def renew(*arguments: object) -> object:
        server.url_seconds = 300
        return original(*arguments)  # type: ignore[arg-type]

    server._renew = renew  # type: ignore[assignment, method-assign]
    brought(stranger, prints)
    assert server.count("POST", "/upload/") >= 1


def test_a_person_who_is_signed_in_owns_the_order_and_pays_with_credits(
    server: RestoringApi, stranger: Client, prints: list[Path]
) -> None:
    tray = brought(stranger, prints)
    with pytest.raises(NotSignedIn):
        stranger.restoring.check_out(tray, server.email, pay_with="credits")
    stranger.sign_in(server.email, PASSWORD)
    checkout = stranger.restoring.check_out(tray, server.email, pay_with="credits")
    assert checkout.url is None
    assert stranger.restoring.wait(checkout.order_id).status == "completed"
    assert [(line.photos, line.restored) for line in stranger.restoring.orders()] == [(2, 2)]


def test_a_strangers_order_is_nobody_elses(server: RestoringApi, stranger: Client, prints: list[Path]) -> None:
    checkout = stranger.restoring.check_out(brought(stranger, prints), "ada@example.com")
    with pytest.raises(NotSignedIn):
        stranger.restoring.order(checkout.order_id)
    stranger.sign_in(server.email, PASSWORD)
    with pytest.raises(Refused):
        stranger.restoring.order(checkout.order_id)


def test_what_cannot_be_brought_is_said_before_anything_is(
    server: RestoringApi, stranger: Client, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("not a photo")
    for files in ([tmp_path / "notes.txt"], [], [tmp_path / "missing.jpg"]):
        with pytest.raises(DarkroomError):
            stranger.restoring.bring(files)
    assert server.uploads == {}


def test_a_link_that_is_used_up_says_so(server: RestoringApi, stranger: Client, prints: list[Path]) -> None:
    checkout = stranger.restoring.check_out(brought(stranger, prints), "ada@example.com")
    with pytest.raises(Refused, match="not completed"):
        stranger.restoring.download(checkout.order_id, prints[0].with_name("x.zip"), checkout.token)
    with pytest.raises(Refused, match="not valid any more"):
        stranger.restoring._place_behind("forged")


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


def test_the_command_says_where_to_pay_and_a_letters_link_fetches_the_photos(
    server: RestoringApi, state: Path, prints: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.bad = {"harbour.jpg"}
    assert run("restore", *prints, "--email", "ada@example.com", "--fidelity", "0.5", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["refused"] == [{"filename": "harbour.jpg", "reason": "It is not a photo."}]
    assert (document["total_cents"], document["status"]) == (900, "pending_payment")
    assert document["checkout_url"].endswith(document["order_id"])
    server.pay(document["order_id"])
    to = tmp_path / "restored.zip"
    assert run("order", document["order_url"], "-o", to) == 0
    assert to.read_bytes().startswith(b"restored")
    said = capsys.readouterr().out
    assert "grandmother.jpg: completed" in said
    assert "1 restored photos" in said or "1 restored photo" in said


def test_the_command_tells_who_pays_what(
    server: RestoringApi, state: Path, prints: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("restore", *prints) == 1
    assert "--email you@example.com" in capsys.readouterr().err
    assert run("login", "--email", server.email) == 0
    assert run("orders") == 0
    assert "There are no orders yet" in capsys.readouterr().out
    assert run("restore", *prints, "--credits", "--wait") == 0
    said = capsys.readouterr().out
    assert "Paid with your credits." in said
    assert "2 photos, $18.00." in said
    assert run("orders") == 0
    assert "2 of 2 restored  $18.00  completed" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        run("restore", *prints, "--fidelity", "7")


def test_files_that_are_all_refused_are_no_order(
    server: RestoringApi, state: Path, prints: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    server.bad = {path.name for path in prints}
    assert run("restore", *prints, "--email", "ada@example.com") == 1
    assert "It is not a photo." in capsys.readouterr().err
    assert server.orders == {}
