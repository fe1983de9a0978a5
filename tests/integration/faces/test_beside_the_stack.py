"""InvokeEndpoint as the local stack answers it: boto3 and the port on one side, the container's real process behind."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from PIL import Image

from darkroom import clients
from darkroom.faces import FacesUnavailable, SageMakerFaces, UnreadablePhoto
from infra.local import face_service
from infra.local.face_service import FaceService
from infra.local.ports import LOOPBACK
from infra.local.server import Server
from infra.local.stand_ins import faces as stand_in
from infra.local.stand_ins.framework import PREFIX, Desk
from tests.factories import faces as real

GREY = real.encoded(Image.new("RGB", (64, 64), "grey"))


class Local:
    """A desk with the one stand-in, served on loopback from a thread."""

    def __init__(self, log: Path) -> None:
        self.behind = FaceService(log)
        self.desk = Desk([stand_in.Faces(self.behind)])
        listening = socket.socket()
        listening.bind((LOOPBACK, 0))
        listening.listen()  # whoever comes before the server waits for it
        self.address = f"http://{LOOPBACK}:{listening.getsockname()[1]}{PREFIX}faces"
        self._server = Server(self.desk, listening)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()

    @property
    def pid(self) -> int | None:
        process = self.behind._process
        return process.pid if process is not None and process.returncode is None else None

    def stop(self) -> None:
        self._server.stop()
        self._thread.join()

    async def _serve(self) -> None:
        sweeping = asyncio.create_task(self.behind.run())
        await self._server.serve()
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    made = Local(tmp_path_factory.mktemp("faces") / "faces.log")
    yield made
    made.stop()


@pytest.fixture
def port(local: Local, monkeypatch: pytest.MonkeyPatch) -> Iterator[SageMakerFaces]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", local.address)
    clients.forget()
    yield SageMakerFaces(stand_in.ENDPOINT)
    local.desk.plan("faces", [])
    clients.forget()


def _hasty() -> Any:
    """The port's client with less patience, for what fails."""
    config = Config(connect_timeout=2, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1})
    return clients._session().client("sagemaker-runtime", config=config)


@real.needs_networks
def test_the_port_finds_and_compares_through_it(port: SageMakerFaces, local: Local) -> None:
    [face] = port.find(real.photo("obama.jpg"))
    assert face.confidence > 0.9
    assert port.compare(real.photo("obama.jpg"), real.photo("obama3.jpg")).same is True
    assert port.compare(real.photo("obama.jpg"), real.photo(real.BIDEN)).same is False
    assert port.find(GREY) == []
    call = local.desk.describe("faces")["calls"][-1]
    assert (call["method"], call["path"], call["status"]) == (
        "POST",
        f"/endpoints/{stand_in.ENDPOINT}/invocations",
        200,
    )


@real.needs_networks
def test_what_the_container_refuses_is_unreadable(port: SageMakerFaces) -> None:
    with pytest.raises(UnreadablePhoto):
        port.find(b"no photo")
    with pytest.raises(UnreadablePhoto):
        port.compare(GREY, b"no photo")


@pytest.mark.parametrize("fault", ["timeout", "429", "500", "garbage", "empty"])
def test_each_fault_is_a_passing_failure(
    port: SageMakerFaces, local: Local, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    hasty = _hasty()
    with monkeypatch.context() as patched:
        patched.setattr(clients, "sagemaker_runtime", lambda: hasty)
        for ask in (lambda: port.find(GREY), lambda: port.compare(GREY, GREY)):
            local.desk.plan("faces", [fault])
            with pytest.raises(FacesUnavailable):
                ask()
    assert local.desk.describe("faces")["faults"] == []


@real.needs_networks
def test_a_killed_process_is_replaced_at_the_next_question(port: SageMakerFaces, local: Local) -> None:
    port.find(GREY)
    first = local.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert port.find(GREY) == []  # the try in which it was found dead may fail; the client asks again
    assert local.pid not in (None, first)


@real.needs_networks
def test_an_idle_process_ends_and_a_later_question_starts_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(face_service, "_IDLE_SECONDS", 0)
    monkeypatch.setattr(face_service, "_LOOK_SECONDS", 0.01)

    async def run() -> None:
        service = FaceService(tmp_path / "faces.log")
        sweeping = asyncio.create_task(service.run())
        for _ in range(2):
            async with service.address():
                await asyncio.sleep(0.1)
                assert service.is_running  # not while somebody asks
            assert service._process is not None
            await service._process.wait()
        async with service.address():
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            assert not service.is_running  # the stack ends, and it with it

    asyncio.run(run())


def test_without_its_networks_it_says_so_and_the_rest_goes_on(
    port: SageMakerFaces, local: Local, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(face_service, "_NETWORKS", "not_installed")
    monkeypatch.setattr(local.desk.stand_ins["faces"], "_behind", FaceService(tmp_path / "faces.log"))
    with pytest.raises(FacesUnavailable, match="Please try again"):
        port.find(GREY)
    with pytest.raises(Exception, match="`make run` fetches them"):
        clients.sagemaker_runtime().invoke_endpoint(EndpointName=stand_in.ENDPOINT, Body=GREY)


def test_another_endpoint_is_not_there(port: SageMakerFaces) -> None:
    with pytest.raises(FacesUnavailable):
        SageMakerFaces("somebody-elses").find(GREY)
