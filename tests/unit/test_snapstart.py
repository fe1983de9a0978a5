"""SnapStart: imports before the snapshot, nothing read or opened in it, and nothing at all without the runtime."""

import subprocess
import sys
import types
from collections.abc import Callable

import pytest

from darkroom import db, secrets, snapstart
from darkroom.settings import settings


def test_without_the_runtimes_hooks_nothing_happens() -> None:
    assert snapstart.prepare() is False


def test_imports_come_before_the_snapshot_and_forgetting_after(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: dict[str, Callable[[], None]] = {}
    runtime = types.ModuleType("snapshot_restore_py")
    runtime.register_before_snapshot = lambda hook: hooks.update(before=hook)  # type: ignore[attr-defined]
    runtime.register_after_restore = lambda hook: hooks.update(after=hook)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    monkeypatch.delitem(sys.modules, "this", raising=False)
    assert snapstart.prepare("antigravity_never") is True
    with pytest.raises(ModuleNotFoundError, match="antigravity_never"):
        hooks["before"]()
    assert snapstart.prepare("colorsys") is True
    hooks["before"]()
    assert {"colorsys", "psycopg", "mangum", "http.client"} <= set(sys.modules)
    before = settings()
    hooks["after"]()
    assert settings() is not before
    assert not db.is_connected()
    assert secrets._read is None


@pytest.mark.parametrize("late", ["boto3", "botocore", "cryptography", "jwt", "qstash", "powertools"])
def test_the_request_path_imports_none_of_these(late: str) -> None:
    """Cold start is a feature: what few requests need is imported by those."""
    program = (
        "import sys; from darkroom import auth, db, http, idempotency, throttle, outbox, jobs, ledger, realtime, mail;"
        f"sys.exit(any(m == {late!r} or m.startswith({late!r} + '.') for m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, env={"PYTHONPATH": "layers/darkroom"})
    assert done.returncode == 0


def test_importing_reads_no_environment_and_opens_nothing() -> None:
    program = (
        "import os, socket\n"
        "def refuse(*a, **k): raise SystemExit(3)\n"
        "socket.socket.connect = refuse\n"
        "import darkroom.http, darkroom.auth, darkroom.aws, darkroom.clients, darkroom.snapstart\n"
        "from darkroom.settings import settings\n"
        "raise SystemExit(settings.cache_info().currsize)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, env={"PYTHONPATH": "layers/darkroom"})
    assert done.returncode == 0
