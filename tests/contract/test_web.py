"""The web app's own tests run with all others, and its client is the one that the OpenAPI document describes."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
# How functions write the address of a page: `page_link("/account"`, `{settings().web_origin}/shared/{token}`, `{web}/…`
_PAGE_LINK = re.compile(r"""(?:page_link\(["']|web_origin\}|\{web\})(/[^"'?]*)""")


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


def test_every_page_that_a_mail_or_an_answer_links_to_exists() -> None:
    written = [
        (path, link) for path in (ROOT / "functions").rglob("*.py") for link in _PAGE_LINK.findall(path.read_text())
    ]
    assert len(written) >= 9
    missing = [(path.name, link) for path, link in written if not _is_a_page(link)]
    assert missing == []


def _is_a_page(link: str) -> bool:
    """Routes are folders; those in parentheses are no part of an address, those in brackets are any part."""
    places = [WEB / "src" / "routes"]
    for part in link.strip("/").split("/"):
        within = [group for place in places for group in [place, *place.glob("(*)")]]
        wanted = "[[]*" if part.startswith("{") else part
        places = [found for place in within for found in place.glob(wanted) if found.is_dir()]
    return any(page for place in places for page in place.glob("+page.svelte"))
