"""The emulator as a child: started on its own port, found ready, ended, and cleared away when a killed run left it."""

import asyncio
import os
import signal
import sys
from typing import Any

from infra.local import processes
from infra.local.emulated_aws import CREDENTIALS, INVOKE_URL, REGION, STACK_STARTS
from infra.local.home import REPOSITORY, Home
from infra.local.ports import LOOPBACK

_START_SECONDS = 30
_MODULE = "infra.local.emulator_main"


class EmulatorFailed(Exception):
    """The emulator did not come up; the message holds its own words."""


class Emulator:
    """One ministack process."""

    def __init__(self, home: Home, port: int, invoke_url: str) -> None:
        self.endpoint = f"http://{LOOPBACK}:{port}"
        self._home = home
        self._port = port
        self._invoke_url = invoke_url
        self._log = home.logs / "emulator.log"
        self._pid_file = home.root / "emulator.pid"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    def end_leftover(self) -> None:
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return
        processes.end_leftover(pid, (_MODULE, str(self._home.root)), signal.SIGTERM)

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                _MODULE,
                str(self._home.root),
                cwd=REPOSITORY,
                env=self._variables(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._process.pid))
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._answers():
                    if self._process.returncode is not None:
                        raise EmulatorFailed(f"the emulator ended at once:\n{processes.last_lines(self._log)}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise EmulatorFailed(f"the emulator is not ready:\n{processes.last_lines(self._log)}") from None

    async def stop(self) -> None:
        if self._process is not None:
            await processes.stop(self._process, signal.SIGTERM, 5)
        self._pid_file.unlink(missing_ok=True)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        except OSError:
            return False
        try:
            writer.write(b"GET /_ministack/ready HTTP/1.0\r\nhost: emulator\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()

    def _variables(self) -> dict[str, str]:
        machine: dict[str, Any] = {
            name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ
        }
        return {
            **machine,
            "PYTHONPATH": str(REPOSITORY / "functions"),  # its clock reads schedules as the platform does
            "BIND_HOST": LOOPBACK,
            "MINISTACK_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._home.emulator_state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._home.objects),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            INVOKE_URL: self._invoke_url,
            STACK_STARTS: "1" if self._process is None else "",
        }
