"""A Chromium for the browser tests: one that is there, or one from the npm registry that needs no root.

    python infra/tools/browser.py        says which is used, after installing one into .tools when there is none

In this order: the one DARKROOM_CHROMIUM names; a system's own on PATH; one that Playwright has downloaded; and
`@sparticuz/chromium`, an npm package that carries a headless Chromium with the libraries it needs (x64 Linux).
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE, VERSION = "@sparticuz/chromium", "143.0.4"  # the newest that Node 20 can install
HOME = ROOT / ".tools" / f"chromium-{VERSION}"

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
_ENOUGH_SECONDS = 60
# Brotli is in Node and not in Python: node unpacks, Python keeps the rest.
_UNPACK = """
const { createReadStream, createWriteStream } = require('node:fs');
const { createBrotliDecompress } = require('node:zlib');
const [from, to] = process.argv.slice(1);
createReadStream(from).pipe(createBrotliDecompress()).pipe(createWriteStream(to, { mode: 0o755 }));
"""


class Unavailable(Exception):
    """No browser can be had; the message is the reason a skipped test gives."""


@dataclass(frozen=True)
class Chromium:
    path: Path
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


def _with_arguments(path: Path, *, headless_only: bool = False, libraries: Path | None = None) -> Chromium:
    arguments = ["--disable-dev-shm-usage", "--disable-gpu"]
    if os.geteuid() == 0 or not _sandbox_works():
        arguments.append("--no-sandbox")  # the pages are ours, and a container or root has no user namespaces
    if headless_only:
        arguments.append("--headless=shell")
    environment = {"LD_LIBRARY_PATH": str(libraries)} if libraries else {}
    return Chromium(path, arguments, environment)


def _sandbox_works() -> bool:
    """Whether a plain user may make the namespaces that Chromium's sandbox stands on."""
    probe = shutil.which("unshare")
    if probe is None:
        return False
    return subprocess.run([probe, "-Ur", "true"], capture_output=True, check=False).returncode == 0


def _starts(browser: Chromium) -> str | None:
    """Why it does not start, or None."""
    command = [str(browser.path), *browser.arguments, "--version"]  # a library that is missing shows here already
    try:
        result = subprocess.run(
            command,
            env={**os.environ, **browser.environment},
            capture_output=True,
            text=True,
            timeout=_ENOUGH_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}: {error}"
    if result.returncode == 0 and result.stdout.strip():
        return None
    return (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[0][:300]


def _playwrights() -> list[Path]:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path("~/.cache/ms-playwright").expanduser())
    return sorted(folder.glob("chromium*/chrome-linux*/*"), reverse=True) if folder.is_dir() else []


def _present() -> list[Path]:
    named = os.environ.get("DARKROOM_CHROMIUM")
    if named:
        return [Path(named)]
    on_path = [Path(found) for name in _NAMES if (found := shutil.which(name))]
    return on_path + [path for path in _playwrights() if path.name in ("chrome", "headless_shell")]


def find() -> Chromium:
    """A browser that starts, without installing anything."""
    reasons = []
    for path in _present():
        browser = _with_arguments(path)
        reason = _starts(browser)
        if reason is None:
            return browser
        reasons.append(f"{path}: {reason}")
    if (HOME / "chromium").exists():
        return _with_arguments(HOME / "chromium", headless_only=True, libraries=HOME / "lib")
    raise Unavailable("; ".join(reasons) or "no Chromium is installed; `make test` fetches one where it can")


def install() -> Chromium:
    """The same, after fetching one when there is none."""
    try:
        return find()
    except Unavailable as none:
        reason = str(none)
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "amd64"):
        raise Unavailable(f"{reason}; the npm package is for x64 Linux only")
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise Unavailable(f"{reason}; there is no npm to fetch one with")
    print("  fetching a Chromium from the npm registry …", flush=True)
    _fetch(npm, node)
    browser = _with_arguments(HOME / "chromium", headless_only=True, libraries=HOME / "lib")
    failure = _starts(browser)
    if failure:
        shutil.rmtree(HOME)
        raise Unavailable(f"{reason}; the one from npm does not start here: {failure}")
    return browser


def _fetch(npm: str, node: str) -> None:
    """Into a folder beside its place, moved there whole: a fetch that was killed leaves nothing that looks finished."""
    making = HOME.with_name(HOME.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    (making / "package.json").write_text("{}")
    wanted = f"{PACKAGE}@{VERSION}"
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    fetched = subprocess.run([npm, "install", *quiet, wanted], cwd=making, capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        shutil.rmtree(making)
        raise Unavailable(f"npm could not fetch {wanted}: {fetched.stderr.strip()[:300]}")
    packed = making / "node_modules" / PACKAGE / "bin"
    for name in ("chromium", "al2023.tar", "swiftshader.tar", "fonts.tar"):
        subprocess.run([node, "-e", _UNPACK, str(packed / f"{name}.br"), str(making / name)], check=True)
        if name.endswith(".tar"):
            with tarfile.open(making / name) as archive:
                _extract(archive, making)
            (making / name).unlink()
    shutil.rmtree(making / "node_modules")
    shutil.rmtree(HOME, ignore_errors=True)
    making.rename(HOME)


def _extract(archive: tarfile.TarFile, into: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        archive.extractall(into, filter="data")
    else:  # Python 3.11 before 3.11.4; npm has checked what the package holds
        archive.extractall(into)  # noqa: S202


if __name__ == "__main__":
    try:
        print(f"  browser tests use {install().path}")
    except Unavailable as nothing:
        print(f"  browser tests will be skipped: {nothing}")
