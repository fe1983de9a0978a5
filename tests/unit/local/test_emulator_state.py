"""The emulator's state on disk: what ministack itself reads again, written when it has changed."""

import logging
from pathlib import Path
from typing import Any

import pytest
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict

from infra.local import emulator_state
from infra.local.emulator_state import Snapshots


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    return tmp_path / "state"


def queues(*names: str) -> Any:
    found = AccountRegionScopedDict()
    for name in names:
        found[name] = {"body": b"\xff", "messages": [1, 2]}
    return {"queues": found}


def test_ministack_reads_what_was_written(folder: Path) -> None:
    Snapshots(lambda: {"sqs": lambda: queues("mail")}).save()
    read = persistence.load_state("sqs")
    assert read is not None
    assert dict(read["queues"]._data) == dict(queues("mail")["queues"]._data)
    persistence.save_state("other", queues("mail"))
    assert (folder / "sqs.json").read_text() == (folder / "other.json").read_text()


def test_only_what_has_changed_is_written_again(folder: Path) -> None:
    names = ["mail"]
    snapshots = Snapshots(lambda: {"sqs": lambda: queues(*names), "iam": lambda: {"roles": []}}, rest=0)
    snapshots.save()
    for file in folder.iterdir():
        file.unlink()
    snapshots.save()
    assert list(folder.iterdir()) == []
    names.append("push")
    snapshots.save()
    assert [file.name for file in folder.iterdir()] == ["sqs.json"]
    assert "push" in (folder / "sqs.json").read_text()


def test_what_was_looked_at_rests_and_it_is_said_until_when(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator_state, "_REST_SECONDS_MAX", 1e9)
    names = ["mail"]
    snapshots = Snapshots(lambda: {"sqs": lambda: queues(*names)}, rest=1e9)
    assert snapshots.save() is None
    names.append("push")
    wait = snapshots.save()
    assert wait is not None
    assert wait > 0
    assert "push" not in (folder / "sqs.json").read_text()


def test_a_service_without_a_word_or_with_trouble_keeps_its_file_and_holds_up_nobody(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states: dict[str, Any] = {"a": lambda: {"n": 1}, "b": lambda: {"n": 1}, "c": lambda: {"n": 1}}
    snapshots = Snapshots(lambda: states, rest=0)
    snapshots.save()

    def fail() -> Any:
        raise RuntimeError("dictionary changed size during iteration")

    states.update(a=lambda: None, b=fail, c=lambda: {"n": 2})
    with caplog.at_level(logging.ERROR, "persistence"):
        snapshots.save()
    assert [persistence.load_state(name) for name in "abc"] == [{"n": 1}, {"n": 1}, {"n": 2}]
    assert "the state of b is not saved" in caplog.text
