"""The journal: what was brought is remembered, for whom, and by what is in it."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom_client.documents import Account, Target
from darkroom_client.errors import DarkroomError
from darkroom_client.journal import Journal, Pages
from darkroom_client.photos import Photo, look
from tests.factories import photos

SERVER = "http://127.0.0.1:8000"
ADA = Account("ada", "ada@example.com", "Ada")
BOB = Account("bob", "bob@example.com", "Bob")


def target(key: str) -> Target:
    return Target(key, f"http://storage/{key}", {"Content-Type": "image/jpeg"}, 12.5)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


@pytest.fixture
def pages(journal: Journal) -> Pages:
    return journal.of(SERVER, ADA)


def uploaded(pages: Pages, *names: str) -> list[str]:
    for name in names:
        pages.announced(f"sha-{name}", target(name))
        pages.uploaded(f"sha-{name}", name)
    return list(names)


def test_a_target_is_remembered_until_its_file_is_there(pages: Pages) -> None:
    pages.announced("sha", target("k1"))
    entry = pages.entry("sha")
    assert entry is not None
    assert (entry.state, entry.target) == ("announced", target("k1"))
    pages.uploaded("sha", "k1")
    entry = pages.entry("sha")
    assert entry is not None
    assert (entry.state, entry.storage_key, entry.target) == ("uploaded", "k1", None)


def test_a_second_target_takes_the_place_of_the_first(pages: Pages) -> None:
    pages.announced("sha", target("k1"))
    pages.announced("sha", target("k2"))
    pages.uploaded("sha", "k1")
    entry = pages.entry("sha")
    assert entry is not None
    assert (entry.state, entry.storage_key) == ("announced", "k2")


def test_nobody_reads_anothers_pages(journal: Journal, pages: Pages) -> None:
    uploaded(pages, "k1")
    assert journal.of(SERVER, BOB).entry("sha-k1") is None
    assert journal.of("https://other.example", ADA).entry("sha-k1") is None
    assert journal.of(SERVER, BOB).plan(["k1"], None, regroup=True) is None
    pages.plan(["k1"], None, regroup=False)
    assert journal.of(SERVER, BOB).open_batches() == []


def test_a_photo_is_in_one_batch(pages: Pages) -> None:
    keys = uploaded(pages, "k1", "k2", "k3")
    first = pages.plan(keys[:2], "by day", regroup=False)
    second = pages.plan(keys, None, regroup=False)
    assert first is not None
    assert second is not None
    assert (first.keys, second.keys) == (["k1", "k2"], ["k3"])
    assert pages.plan(keys, None, regroup=False) is None
    again = pages.plan(keys, None, regroup=True)
    assert again is not None
    assert again.keys == keys


def test_a_batch_is_open_until_its_job_is_over(tmp_path: Path, pages: Pages) -> None:
    batch = pages.plan(uploaded(pages, "k1", "k2"), "by day", regroup=False)
    assert batch is not None
    with Journal(tmp_path / "journal.sqlite") as another:
        assert another.of(SERVER, ADA).open_batches() == [batch]
    pages.accepted(batch, "job")
    [found] = pages.open_batches()
    assert (found.job_id, found.id, found.instructions) == ("job", batch.id, "by day")
    pages.over(batch)
    assert pages.open_batches() == []


def test_a_withdrawn_batch_leaves_its_photos_for_another(pages: Pages) -> None:
    batch = pages.plan(uploaded(pages, "k1"), None, regroup=False)
    assert batch is not None
    pages.withdrawn(batch)
    assert pages.open_batches() == []
    fresh = pages.plan(["k1"], None, regroup=False)
    assert fresh is not None
    assert fresh.id != batch.id


def test_what_was_refused_says_why_and_what_is_forgotten_comes_again(pages: Pages) -> None:
    uploaded(pages, "k1", "k2")
    pages.refused("k1", "The photo is damaged.")
    entry = pages.entry("sha-k1")
    assert entry is not None
    assert (entry.state, entry.reason) == ("refused", "The photo is damaged.")
    pages.forget("k2")
    assert pages.entry("sha-k2") is None


def test_a_hash_is_worked_out_again_only_when_the_file_has_changed(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photos.jpeg(8, 8))
    worked_out: list[Path] = []
    original = Photo.sha256

    def counted(photo: Photo) -> str:
        worked_out.append(photo.path)
        return original(photo)

    monkeypatch.setattr(Photo, "sha256", counted)
    first = journal.sha256(look(path))
    assert journal.sha256(look(path)) == first
    assert len(worked_out) == 1
    path.write_bytes(photos.jpeg(16, 8))
    assert journal.sha256(look(path)) != first
    assert len(worked_out) == 2


def test_it_is_its_owners_alone(journal: Journal) -> None:
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_a_newer_ones_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DarkroomError, match="newer"):
        Journal(path)
