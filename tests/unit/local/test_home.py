"""What a stack keeps in its home: locks, keys, mails, photos set aside, logs."""

import base64
import json
import stat
from pathlib import Path

import pytest

from infra.local import home as homes
from infra.local import keys
from infra.local.home import AlreadyRunning, Home, read_document, write_private
from infra.local.logs import Logs
from infra.local.mailbox import Mailbox
from infra.local.parameters import parameters
from infra.local.stand_ins.framework import Surroundings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def test_a_home_is_held_by_one_and_is_nobody_elses_business(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "_ENDING_SECONDS", 0)
    home.hold()
    with pytest.raises(AlreadyRunning):
        home.hold()
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


def test_what_a_killed_run_announced_is_forgotten(home: Home) -> None:
    home.announce({"pid": 1})
    home.hold()
    assert not home.stack.exists()


def test_documents_are_whole_private_or_none(home: Home) -> None:
    write_private(home.keys, {"a": "b"})
    assert read_document(home.keys) == {"a": "b"}
    assert stat.S_IMODE(home.keys.stat().st_mode) == 0o600
    home.keys.write_text('{"a": ')
    assert read_document(home.keys) is None
    home.keys.write_text("[]")
    assert read_document(home.keys) is None


def test_keys_are_made_once_and_new_names_are_added(home: Home) -> None:
    first = keys.load(home)
    assert all(first[name] for name in keys.ANNOUNCED)
    assert keys.load(home) == first
    kept = read_document(home.keys) or {}
    del kept["edge_secret"]
    write_private(home.keys, kept)
    again = keys.load(home)
    assert again["edge_secret"] != first["edge_secret"]
    assert again["token_key"] == first["token_key"]


def test_a_providers_key_of_the_environment_is_used_and_not_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = keys.load(home)["qstash_token"]
    monkeypatch.setenv("QSTASH_TOKEN", "real")
    assert keys.load(home)["qstash_token"] == "real"
    monkeypatch.delenv("QSTASH_TOKEN")
    assert keys.load(home)["qstash_token"] == made


def test_a_key_that_an_earlier_run_was_given_is_taken_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deployed secret keeps what nobody empties, and with it the real service would be called."""
    monkeypatch.setenv("GEMINI_API_KEY", "real")
    assert keys.load(home)["gemini_api_key"] == "real"
    monkeypatch.delenv("GEMINI_API_KEY")
    assert keys.load(home)["gemini_api_key"] == ""


def test_the_models_stand_in_is_used_when_it_is_asked_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings = Surroundings(home, "http://127.0.0.1:8000", "http://127.0.0.1:1", {})
    assert "GeminiUrl" not in parameters(surroundings, "postgres:///")
    monkeypatch.setenv("GEMINI_API_KEY", "real")
    monkeypatch.setenv("GEMINI", "stand-in")
    assert keys.load(home)["gemini_api_key"] not in {"", "real"}
    assert parameters(surroundings, "postgres:///")["GeminiUrl"] == "http://127.0.0.1:8000/_local/services/gemini"
    monkeypatch.setenv("GEMINI", "standin")
    with pytest.raises(keys.UnknownChoice):
        keys.load(home)


def test_photos_outlive_what_the_emulator_forgets(home: Home) -> None:
    photo = home.objects / "000000000000" / "uploads" / "a" / "photo.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"photo")
    (home.emulator_state / "sqs.json").write_text("{")
    home.forget_deployment()
    assert list(home.emulator_state.iterdir()) == []
    assert list(home.objects.iterdir()) == []
    (home.objects / "000000000000" / "uploads").mkdir(parents=True)  # the new deployment's empty bucket
    home.bring_objects_back()
    assert photo.read_bytes() == b"photo"
    assert not home.objects_are_aside


def test_a_mail_that_was_cut_short_hides_no_other(home: Home) -> None:
    mailbox = Mailbox(home.mails)
    mailbox.add({"to": ["a@example.com"], "subject": "1"})
    with home.mails.open("a") as journal:
        journal.write('{"to": ["b@exa\n')
    mailbox.add({"to": ["c@example.com"], "subject": "2"})
    assert [mail["subject"] for mail in mailbox.newest_first()] == ["2", "1"]


def test_lines_are_found_by_correlation_and_metrics_are_none(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    logs = Logs(home.logs / "functions.jsonl")
    logs.function_line("f", json.dumps({"event": "a", "correlation_id": "c"}))
    logs.function_line("f", json.dumps({"_aws": {}, "x": 1}))
    logs.function_line("f", "plain words")
    logs.function_line("f", json.dumps({"event": "b", "level": "ERROR", "request_id": "c"}))
    assert [line["event"] for line in logs.find("c", 10)] == ["a", "b"]
    assert [line.get("message") for line in logs.find("", 10)] == [None, "plain words", None]
    assert "b" in capsys.readouterr().out
    logs.close()


def test_the_webhook_secret_of_predictions_can_be_read_by_the_sdk(home: Home) -> None:
    """It splits at underscores and decodes the rest."""
    made = keys.load(home)["replicate_webhook_secret"]
    prefix, coded = made.split("_")
    assert (prefix, len(base64.b64decode(coded, validate=True))) == ("whsec", 32)
    assert keys.load(home)["replicate_webhook_secret"] == made
