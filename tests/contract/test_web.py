"""The web app's own tests run with all others, and its client is the one that the OpenAPI document describes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"


@pytest.fixture(scope="module")
def node() -> dict[str, str]:
    """An environment whose PATH has the Node that built the app."""
    path = f"{ROOT / '.tools' / 'node' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if shutil.which("npm", path=path) is None:
        pytest.skip("there is no Node: `make test` installs one")
    if not (WEB / "node_modules").is_dir():
        pytest.skip("the web app's packages are not installed: `make test` does it")
    return {**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"}


@pytest.mark.timeout(300)  # they are a test run of their own
@pytest.mark.parametrize("command", ["test", "check:drift"])
def test_the_web_app_stands_by_itself(node: dict[str, str], command: str) -> None:
    npm = shutil.which("npm", path=node["PATH"]) or "npm"
    ran = subprocess.run(
        [npm, "run", "--silent", command], cwd=WEB, env=node, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
