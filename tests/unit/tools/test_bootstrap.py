"""What the tools that install are told about this machine."""

import ssl
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.tools import bootstrap


def trusted(cafile: Path | None, capath: Path | None) -> SimpleNamespace:
    """As much of ssl.DefaultVerifyPaths as is looked at."""
    return SimpleNamespace(cafile=cafile and str(cafile), capath=capath and str(capath))


@pytest.mark.parametrize(
    ("file", "folder", "others", "told"),
    [(True, False, 0, True), (False, True, 1, True), (False, True, 0, False), (False, False, 0, False)],
)
def test_uv_trusts_the_machines_certificates_where_it_has_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: bool, folder: bool, others: int, told: bool
) -> None:
    for number in range(others):
        (tmp_path / f"{number}.pem").touch()
    paths = trusted(tmp_path / "all.pem" if file else None, tmp_path if folder else None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    environment = bootstrap._uv_environment(tmp_path)
    assert environment.get("UV_SYSTEM_CERTS") == ("1" if told else None)


def test_who_says_otherwise_is_believed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths = trusted(tmp_path / "all.pem", None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setenv("UV_SYSTEM_CERTS", "0")
    assert bootstrap._uv_environment(tmp_path)["UV_SYSTEM_CERTS"] == "0"


def test_without_the_networks_of_the_face_service_the_rest_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_command: object, **_more: object) -> None:
        raise bootstrap.Failed("no network")

    monkeypatch.setattr(bootstrap, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "venv")
    monkeypatch.setattr(bootstrap, "find_uv", lambda: tmp_path / "uv")
    monkeypatch.setattr(bootstrap, "run", fail)
    bootstrap.install_face_models()
    assert "nobody can look at faces here, the rest works: no network" in capsys.readouterr().out
    assert not (tmp_path / "tools" / "stamps" / "face-models").exists()  # so that the next time tries again
