"""Where tokens are kept: durable, for their owner alone, and one process at a time."""

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from darkroom_client.places import state_folder
from darkroom_client.tokens import FileTokens, Session

SERVER = "http://127.0.0.1:8000"


def test_sessions_are_kept_for_each_server_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path / "sessions.json")
    with tokens.alone():
        tokens.write(SERVER, Session("access", 1.5, "refresh"))
        tokens.write("https://other.example", Session("a", 2.5, "r"))
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    again = FileTokens(tokens.path)
    assert again.read(SERVER) == Session("access", 1.5, "refresh")
    with again.alone():
        again.write(SERVER, None)
    assert tokens.read(SERVER) is None
    assert tokens.read("https://other.example") is not None


def test_tokens_are_not_shown_by_accident() -> None:
    assert "secret" not in repr(Session("secret", 1, "secret"))


def test_a_file_that_was_cut_off_is_no_session(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    path.write_text('{"http://127')
    assert FileTokens(path).read(SERVER) is None


def test_processes_take_turns(tmp_path: Path) -> None:
    """Each adds one to a number that it reads, with time in between for the others to read it as well."""
    count = """
import sys, time
from pathlib import Path
from darkroom_client.tokens import FileTokens, Session
tokens = FileTokens(Path(sys.argv[1]))
for _ in range(5):
    with tokens.alone():
        number = int(tokens.read("s").refresh_token)
        time.sleep(0.005)
        tokens.write("s", Session("", 0, str(number + 1)))
"""
    tokens = FileTokens(tmp_path / "sessions.json")
    with tokens.alone():
        tokens.write("s", Session("", 0, "0"))
    command = [sys.executable, "-c", count, str(tokens.path)]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    kept = tokens.read("s")
    assert kept is not None
    assert kept.refresh_token == "15"


def test_threads_take_turns(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path / "sessions.json")
    inside, seen = [0], []

    def enter() -> None:
        with tokens.alone():
            inside[0] += 1
            seen.append(inside[0])
            inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 8


def test_the_state_lies_where_it_is_told_to(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DARKROOM_STATE", str(tmp_path / "chosen"))
    assert state_folder() == tmp_path / "chosen"
    assert stat.S_IMODE(state_folder().stat().st_mode) == 0o700
    environment.delenv("DARKROOM_STATE")
    environment.setattr(sys, "platform", "linux")
    environment.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert state_folder() == tmp_path / "xdg" / "darkroom"
    environment.setattr(sys, "platform", "darwin")
    environment.setenv("HOME", str(tmp_path / "home"))
    assert state_folder() == tmp_path / "home" / "Library" / "Application Support" / "darkroom"
