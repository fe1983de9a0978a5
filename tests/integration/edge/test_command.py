"""`darkroom-agent` as a person sees it: what it says, what it leaves behind, and its exit status."""

import json
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from darkroom_agent.cli import main
from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.home import Home, Pairing
from darkroom_agent.spool import Wish
from darkroom_agent.timetable import Timetable
from tests.fakes.agent_api import AgentApi
from tests.fakes.mjpeg_camera import MjpegCamera, frame
from tests.integration.edge.conftest import is_empty, process, spool_of

Said = pytest.CaptureFixture[str]


# --- pair -------------------------------------------------------------------------------------------------------------


def test_pairing(home: Home, api: AgentApi, camera: MjpegCamera, capsys: Said) -> None:
    assert main(["pair", " k7m-2qx ", "--api", api.url + "/", "--camera", camera.url(login="ada:s3cret@")]) == 0
    assert "Paired as 'Desk'" in capsys.readouterr().out
    pairing = home.pairing()
    assert (pairing.device_id, pairing.device_token, pairing.api) == (api.device.id, "device-token", api.url)
    (told,) = api.bodies["pair"]
    assert told["pairing_code"] == "K7M2QX"
    assert told["agent"]["cameras"] == [{"id": "http", "name": "Network camera 127.0.0.1"}]
    assert (home.folder / "pairing.json").stat().st_mode & 0o077 == 0


def test_a_code_works_once(home: Home, api: AgentApi, capsys: Said) -> None:
    assert main(["pair", "K7M2QX", "--api", api.url, "--camera", "test"]) == 0
    assert main(["pair", "K7M2QX"]) == 5  # the address and the camera are known by now
    assert "Ask for a new one" in capsys.readouterr().err
    assert home.pairing().camera == "test"


def test_guessing_is_answered(home: Home, api: AgentApi, capsys: Said) -> None:
    api.next("pair", 429)
    assert main(["pair", "AAAAAA", "--api", api.url]) == 5
    assert "Too many wrong codes" in capsys.readouterr().err
    assert not (home.folder / "pairing.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["pair", "K7M2QX"],
        ["pair", "K7M", "--api", "http://127.0.0.1:9/api/v1"],
        ["pair", "K7M2QX", "--api", "darkroom.example"],
        ["pair", "K7M2QX", "--api", "http://127.0.0.1:9/api/v1", "--camera", "ftp://x"],
    ],
)
def test_pairing_called_wrongly(home: Home, capsys: Said, arguments: list[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("darkroom-agent: ")


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["run", "--interval", "0"], ["run", "--interval", "nan"], ["snap", "--nonsense"]]
)
def test_called_wrongly(arguments: list[str], capsys: Said) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_an_api_that_is_away_or_is_another(home: Home, api: AgentApi, capsys: Said) -> None:
    api.next("pair", "portal")
    assert main(["pair", "K7M2QX", "--api", api.url]) == 1
    assert "Is the address right?" in capsys.readouterr().err
    assert main(["pair", "K7M2QX", "--api", "http://127.0.0.1:9/api/v1"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_pairing_as_another_device_keeps_photos_and_forgets_the_rest(
    home: Home, pairing: Pairing, api: AgentApi, capsys: Said
) -> None:
    with spool_of(home, pairing) as spool:
        spool.add(frame(1), 1.0, Wish())
        Timetable(spool.db, Clock()).pause(True, 9)
    api.device.id = "another"
    assert main(["pair", "K7M2QX"]) == 0
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert "1 photo of an earlier pairing" in said
    assert "Paused:       no" in said


# --- not paired, camera, refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["run", "status", "snap"])
def test_not_paired(home: Home, capsys: Said, verb: str) -> None:
    assert main([verb, "--camera", "test"]) == 3
    assert "not paired" in capsys.readouterr().err


def test_a_missing_camera_is_said_at_once(home: Home, pairing: Pairing, capsys: Said) -> None:
    assert main(["run", "--camera", "/nowhere"]) == 4
    assert main(["snap", "--camera", "/nowhere"]) == 4
    assert "There is no camera" in capsys.readouterr().err


def test_a_missing_camera_does_not_keep_photos_from_being_sent(home: Home, pairing: Pairing, api: AgentApi) -> None:
    with spool_of(home, pairing) as spool:
        spool.add(frame(1), 1.0, Wish())
    with process("run", "--camera", "/nowhere", "--interval", "0.2"):
        api.until(lambda: is_empty(home, pairing))


def test_a_revoked_device_ends_with_five_and_keeps_its_photos(
    home: Home, pairing: Pairing, api: AgentApi, capsys: Said
) -> None:
    with spool_of(home, pairing) as spool:
        spool.add(frame(1), 1.0, Wish())
    api.revoke()
    with process("run") as agent:
        said, _ = agent.communicate()
    assert agent.returncode == 5
    assert "pair it again" in said
    assert not is_empty(home, pairing)
    capsys.readouterr()
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "Ended:" in shown
    assert "Next:" not in shown
    home.pair(pairing)
    assert main(["status"]) == 0
    assert "Ended:" not in capsys.readouterr().out


# --- snap -------------------------------------------------------------------------------------------------------------


def test_snap_to_a_file_without_pairing(home: Home, camera: MjpegCamera, tmp_path: Path, capsys: Said) -> None:
    out = tmp_path / "now.jpg"
    assert main(["snap", "--camera", camera.url(), "--output", str(out)]) == 0
    assert out.read_bytes() in camera.sent
    assert "16 × 12" in capsys.readouterr().out


def test_snap_is_sent_at_once(home: Home, pairing: Pairing, api: AgentApi, capsys: Said) -> None:
    assert main(["snap"]) == 0
    assert "Sent." in capsys.readouterr().out
    assert len(api.photos()) == 1


def test_snap_offline_waits_for_run(home: Home, pairing: Pairing, api: AgentApi, capsys: Said) -> None:
    api.go_down()
    assert main(["snap"]) == 0
    assert "It waits here" in capsys.readouterr().err
    api.come_back()
    with process("run", "--interval", "0.2"):
        api.until(lambda: is_empty(home, pairing))
    assert len(api.photos()) == 1


def test_snap_beside_a_run_is_sent_by_it(home: Home, pairing: Pairing, api: AgentApi, capsys: Said) -> None:
    with process("run", "--interval", "0.2"):
        api.until(lambda: api.count("heartbeat") > 0)
        assert main(["snap"]) == 0
        assert "by the agent that runs" in capsys.readouterr().out
        api.until(lambda: len(api.with_status("completed")) == 1)


def test_snap_while_paused(
    home: Home, pairing: Pairing, api: AgentApi, camera: MjpegCamera, tmp_path: Path, capsys: Said
) -> None:
    api.pause()
    assert main(["snap"]) == 6
    api.go_down()  # and it is remembered
    assert main(["snap", "--output", str(tmp_path / "now.jpg")]) == 6
    assert camera.sent == []
    assert "paused" in capsys.readouterr().err


def test_snap_that_darkroom_does_not_take(home: Home, pairing: Pairing, api: AgentApi, capsys: Said) -> None:
    api.next("report", 415)
    assert main(["snap"]) == 5
    api.pauses_apply_to_reports = True
    assert main(["snap"]) == 6
    api.revoke()
    assert main(["snap"]) == 5
    assert not is_empty(home, pairing)


def test_snap_without_a_photo(home: Home, pairing: Pairing, camera: MjpegCamera, tmp_path: Path, capsys: Said) -> None:
    camera.password = "ada:secret"
    assert main(["snap"]) == 4
    assert main(["snap", "--output", str(tmp_path / "now.jpg")]) == 4
    camera.password = None
    assert main(["snap", "--output", str(tmp_path / "nowhere" / "now.jpg")]) == 1


# --- status -----------------------------------------------------------------------------------------------------------


def test_status_says_how_things_stand(home: Home, pairing: Pairing, api: AgentApi, capsys: Said) -> None:
    clock = Clock()
    with spool_of(home, pairing) as spool:
        spool.add(frame(1), 1_780_000_000.0, Wish())
        refused = spool.add(frame(2), 1_780_000_000.0, Wish())
        assert refused is not None
        spool.refused(refused.id, "too dark to see anything")
        timetable = Timetable(spool.db, clock)
        timetable.replace(3, [{"id": "noon", "name": "Lunch", "next": [to_wire(clock.now() + 600)]}])
        timetable.pause(True, 3)
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    for words in (
        f"Desk ({api.device.id})",
        api.url,
        "not running",
        "not yet",
        "Network camera 127.0.0.1",
        "yes, by its owner",
        "1 photo,",
        "too dark to see anything",
        "Lunch",
    ):
        assert words in said
    assert "device-token" not in said


def test_status_of_one_that_runs(
    home: Home, pairing: Pairing, api: AgentApi, capsys: Said, environment: pytest.MonkeyPatch
) -> None:
    api.next("put", *[503] * 1_000)
    api.ask()
    with process("run", "--interval", "0.2"):
        api.until(lambda: home.notes().get("way") == "WebSocket" and bool(home.notes().get("sending_trouble")))
        environment.setenv("DARKROOM_AGENT_SPOOL_MB", "0.0001")
        assert main(["status"]) == 0
    said = capsys.readouterr().out
    for words in ("running", "by WebSocket", "storage answered 503", "The spool is full", "1 photo,"):
        assert words in said
    api.go_down()
    assert main(["status"]) == 0


# --- service ----------------------------------------------------------------------------------------------------------


def test_the_systemd_unit(home: Home, capsys: Said, tmp_path: Path) -> None:
    out = tmp_path / "units" / "darkroom-agent.service"
    assert main(["service", "--kind", "systemd", "--output", str(out)]) == 0
    said = capsys.readouterr()
    assert "systemctl enable --now" in said.err
    unit = out.read_text()
    assert unit == said.out
    assert f'"DARKROOM_AGENT_HOME={home.folder}"' in unit
    assert "RestartPreventExitStatus=2 3" in unit
    assert "@" not in unit.replace("@system-service", "")
    checker = shutil.which("systemd-analyze")
    if checker is None:
        return
    checked = subprocess.run([checker, "verify", "--man=no", out], capture_output=True, text=True, check=False)
    assert "darkroom-agent.service" not in checked.stderr


def test_the_launchd_agent(home: Home, capsys: Said) -> None:
    assert main(["service", "--kind", "launchd"]) == 0
    said = plistlib.loads(capsys.readouterr().out.encode())
    assert said["ProgramArguments"][1:] == ["run"]
    assert said["EnvironmentVariables"] == {"DARKROOM_AGENT_HOME": str(home.folder)}


def test_it_is_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "darkroom_agent", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "darkroom-agent 0.1.0\n"


def test_a_damaged_pairing_says_so(home: Home, capsys: Said) -> None:
    (home.folder / "pairing.json").write_text(json.dumps({"api": "x"}))
    assert main(["status"]) == 3
    assert "is not a pairing" in capsys.readouterr().err
