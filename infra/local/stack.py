"""The supervisor: brings every part up in order, keeps it up, and takes it down."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import deployed, deployment, emulated_aws, keys, ports, stand_ins
from infra.local.camera import Camera
from infra.local.console.app import Console
from infra.local.deployed import Deployed
from infra.local.embedded_metrics import EmbeddedMetrics
from infra.local.emulator import Emulator
from infra.local.environments import Environments
from infra.local.gateway import INVOKE_PATH, Gateway, Invocations
from infra.local.home import REPOSITORY, Home
from infra.local.http_api import HttpApi
from infra.local.logs import Logs
from infra.local.parameters import parameters
from infra.local.postgres import Postgres
from infra.local.server import Server
from infra.local.stand_ins.framework import Surroundings
from infra.local.website import Website
from infra.local.websocket_api import WebSocketGateway

_HEALTHY_SECONDS = 60
_MIGRATE = "-operations-migrate"
_RESTARTS_MAX = 5
_RESTARTS_WINDOW_SECONDS = 60


class StackFailed(Exception):
    """The stack cannot run; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Source:
    """Where the platform's code is."""

    template: Path = REPOSITORY / "template.yaml"
    roots: tuple[Path, ...] = (REPOSITORY / "functions", REPOSITORY / "layers" / "darkroom")
    website: Path = REPOSITORY / "web" / "build"


class Progress:
    """A line for each part as it comes up."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def done(self, part: str, detail: str) -> None:
        print(f"  {part:<10} {detail:<42} {time.monotonic() - self._since:5.1f} s", flush=True)


class Stack:
    """One running platform."""

    def __init__(self, home: Home, port: int, source: Source | None = None) -> None:
        self._home = home
        self._source = source or Source()
        self._origin = f"http://{ports.LOOPBACK}:{port}"
        self._port = port
        self._progress = Progress()
        self._restarts: list[float] = []
        self._is_fresh = False
        self._ready = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set or a part fails for good."""
        self._home.prepare()
        held = self._home.hold()
        try:
            with self._take_port() as listening:
                await self._run(listening, stop)
        finally:
            self._home.withdraw()
            os.close(held)

    def _take_port(self) -> socket.socket:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ports.LOOPBACK, self._port))
        except OSError:
            listening.close()
            raise StackFailed(f"port {self._port} is taken; choose another: make run PORT={self._port + 1}") from None
        return listening

    async def _run(self, listening: socket.socket, stop: asyncio.Event) -> None:
        self._keys = keys.load(self._home)
        token = secrets.token_urlsafe(16)
        self._emulator = self._make_emulator(f"{self._origin}{INVOKE_PATH}{token}")
        metrics = EmbeddedMetrics(self._emulator.endpoint)
        self._logs = Logs(self._home.logs / "functions.jsonl", metrics.take)
        self._environments = Environments(self._source.roots, self._logs.function_line)
        self._postgres = Postgres(self._home.postgres, self._home.logs / "postgres.log")
        self._surroundings = Surroundings(self._home, self._origin, self._emulator.endpoint, self._keys)
        self._desk = stand_ins.load(self._surroundings)
        self._api = HttpApi(self._environments, self._logs.record)
        self._websocket = WebSocketGateway()
        self._camera = Camera(self._home, f"{self._origin}/api/v1")
        self._console = Console(
            home=self._home,
            endpoint=self._emulator.endpoint,
            database=self._postgres.url(),
            environments=self._environments,
            desk=self._desk,
            logs=self._logs,
        )
        hosts = frozenset({f"{ports.LOOPBACK}:{self._port}", f"localhost:{self._port}"})
        gateway = Gateway(
            api=self._api,
            websocket=self._websocket,
            website=Website(self._source.website, self._origin),
            console=self._console,
            invocations=Invocations(self._environments, token, self._ready),
            hosts=hosts,
            ready=self._ready,
        )
        server = Server(gateway, listening)
        try:
            async with asyncio.TaskGroup() as tasks:
                parts = [
                    tasks.create_task(server.serve()),
                    tasks.create_task(self._environments.sweep()),
                    tasks.create_task(metrics.run()),
                    *(tasks.create_task(stand_in.run()) for stand_in in self._desk.stand_ins.values()),
                ]
                waiting = tasks.create_task(stop.wait())
                starting = tasks.create_task(self._start())
                await asyncio.wait({waiting, starting}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    parts.append(tasks.create_task(self._keep("database", self._postgres, self._postgres_back)))
                    parts.append(tasks.create_task(self._keep("emulator", self._emulator, self._emulator_back)))
                    parts.append(tasks.create_task(self._camera.run()))
                    await waiting
                self._home.withdraw()
                server.stop()
                for task in (*parts[1:], starting):
                    task.cancel()
        finally:
            server.stop()
            await self._camera.stop()
            await self._environments.stop()
            await asyncio.gather(self._emulator.stop(), self._postgres.stop())
            self._desk.close()
            self._logs.close()

    def _make_emulator(self, invoke_url: str) -> Emulator:
        """On the port it had, so that what is deployed keeps its address; on a new one when that is taken."""
        port = ports.remembered(self._home)
        self._is_fresh = port is None
        if port is not None:
            Emulator(self._home, port, invoke_url).end_leftover()
        self._home.bring_objects_back()  # a run was killed while it deployed anew
        if port is None or not ports.is_free(port):
            if port is not None:
                print(f"  port {port} of the emulator is taken: deploying anew on another", flush=True)
                self._home.forget_deployment()
            port = ports.any_free()
            ports.remember(self._home, port)
        return Emulator(self._home, port, invoke_url)

    async def _start(self) -> None:
        await asyncio.gather(self._start_database(), self._emulator.start())
        self._progress.done("emulator", self._emulator.endpoint)
        await self._deploy()
        await self._migrate()
        self._ready.set()
        await self._wait_until_healthy()
        self._home.announce(self._announcement())
        self._progress.done("ready", self._origin)
        print(f"\n  web app   {self._origin}\n  api       {self._origin}/api/v1  (described at {self._origin}/docs)")
        print(
            f"  console   {self._origin}/_local\n  data      {self._home.root}\n\n  Ctrl-C stops everything.",
            flush=True,
        )

    async def _start_database(self) -> None:
        await self._postgres.start()
        self._progress.done("database", "PostgreSQL, on a socket of its own")

    async def _migrate(self) -> None:
        """By the function that does it on AWS."""
        name = next(function.name for function in self._console.functions if function.name.endswith(_MIGRATE))
        outcome = await self._environments.invoke(name, b"{}")
        answer = json.loads(outcome.body)
        if outcome.error is not None:
            raise StackFailed(
                f"the database cannot be migrated: {answer.get('errorMessage')}. If another version of the project made"
                f" this data ({self._home.root}), `make reset` empties it"
            )
        self._progress.done(
            "schema", f"{len(answer['applied'])} migrations applied" if answer["applied"] else "up to date"
        )

    async def _deploy(self) -> None:
        """Deploy, read back and take over what is deployed; from nothing when the emulator's memory is of no use."""
        try:
            how, found = await asyncio.to_thread(self._deploy_and_read)
        except (deployed.Unusable, deployment.DeploymentFailed) as failure:
            if self._is_fresh:
                raise
            print(f"  the emulator's memory is of no use ({failure}): deploying anew;", flush=True)
            print("  database and photos stay, messages that were waiting are gone", flush=True)
            self._is_fresh = True
            await self._emulator.stop()
            self._home.forget_deployment()
            await self._emulator.start()
            how, found = await asyncio.to_thread(self._deploy_and_read)
        if self._home.objects_are_aside:
            await self._emulator.stop()
            self._home.bring_objects_back()
            await self._emulator.start()
            await asyncio.to_thread(emulated_aws.function_credentials, self._emulator.endpoint)  # known to it again
        self._environments.deploy(found.functions)
        self._api.deploy(found)
        self._websocket.deploy(self._emulator.endpoint, found.websocket)
        self._console.deploy(found)
        self._progress.done("template", f"{how}: {len(found.functions)} functions, {len(found.queues)} queues")

    def _deploy_and_read(self) -> tuple[str, Deployed]:
        endpoint = self._emulator.endpoint
        given = parameters(self._surroundings, self._postgres.url())
        how = deployment.deploy(self._source.template, endpoint, given, self._home.deployment)
        local = {
            **emulated_aws.environment(endpoint),
            "AWS_ENDPOINT_URL_SESV2": self._surroundings.address("mail"),
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self._surroundings.address("faces"),
        }
        own = emulated_aws.function_credentials(endpoint)
        found = deployed.read(endpoint, lambda name: {**local, **own[name]})
        deployed.put_secrets(endpoint, found, self._keys)
        deployed.verify_mail_identities(endpoint, found)
        return how, found

    async def _wait_until_healthy(self) -> None:
        import httpx

        last = ""
        try:
            async with asyncio.timeout(_HEALTHY_SECONDS), httpx.AsyncClient(trust_env=False) as client:
                while True:
                    with contextlib.suppress(httpx.HTTPError):
                        answer = await client.get(f"{self._origin}/api/v1/health", timeout=10)
                        if answer.is_success:
                            return
                        last = f"{answer.status_code} {answer.text[:500]}"
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise StackFailed(f"/api/v1/health does not become healthy: {last}; see {self._home.logs}") from None

    async def _keep(self, name: str, part: Postgres | Emulator, back: Callable[[], Any]) -> None:
        """Start a part again when it ends by itself; give up when it keeps ending."""
        while True:
            code = await part.process.wait()
            now = time.monotonic()
            self._restarts = [moment for moment in self._restarts if now - moment < _RESTARTS_WINDOW_SECONDS] + [now]
            if len(self._restarts) > _RESTARTS_MAX:
                raise StackFailed(f"the {name} keeps ending (status {code}); see {self._home.logs}")
            print(f"  the {name} ended (status {code}): starting it again", flush=True)
            await part.start()
            await back()
            print(f"  the {name} is back", flush=True)

    async def _postgres_back(self) -> None:
        """Functions reconnect by themselves."""

    async def _emulator_back(self) -> None:
        await self._deploy()

    def _announcement(self) -> dict[str, Any]:
        return {
            "api": f"{self._origin}/api/v1",
            "web": self._origin,
            "websocket": f"ws://{ports.LOOPBACK}:{self._port}/ws",
            "aws": self._emulator.endpoint,
            "database": self._postgres.url(),
            "console": f"{self._origin}/_local",
            "secrets": {name: self._keys[name] for name in keys.ANNOUNCED},
            "pid": os.getpid(),
        }


async def run_until_signalled(home: Home, port: int, source: Source | None = None) -> None:
    """Run a stack until Ctrl-C, a polite kill, or a hung-up terminal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signal_, stop.set)
    await Stack(home, port, source).run(stop)
