"""Twins of the layers for this machine, from the same lock file by the same makefile, to import handlers from.

arm64 wheels cannot be imported on every machine, but a handler that imports from the twin of its artifact alone, in an
interpreter that sees nothing else, misses nothing on Lambda either. boto3 is what the runtime brings itself.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.tools.artifacts import Function, Layer
from infra.tools.templates import ROOT

_FOLDER = ROOT / ".build" / "host"
_MAKEFILE = ROOT / "layers" / "Makefile"
_IMPORT_ALONE = Path(__file__).with_name("import_alone.py")


@dataclass(frozen=True)
class Toolchain:
    """What layers/python.mk says."""

    uv: str
    version: str
    platform: str
    runtime_python: str

    @property
    def host_python(self) -> str:
        """The interpreter the twins are for: the runtime's own version where there is one."""
        return self.runtime_python or sys.executable

    @property
    def host_version(self) -> str:
        return self.version if self.runtime_python else f"{sys.version_info[0]}.{sys.version_info[1]}"


def toolchain() -> Toolchain:
    said: dict[str, Any] = json.loads(_make("toolchain", {}))
    return Toolchain(**said)


def build(layers: Iterable[Layer], tools: Toolchain) -> Mapping[str, Path]:
    """Each layer's twin, and the runtime's own packages as `runtime`."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    twins = {}
    for name, group in [*((layer.name, "") for layer in layers), ("RuntimeLayer", "runtime")]:
        folder = _FOLDER / name
        target = "build-WebLayer" if group else f"build-{name}"
        variables = {"ARTIFACTS_DIR": str(folder), "PLATFORM": _host_platform(), "PYTHON_VERSION": tools.host_version}
        _make(target, variables | ({"GROUP": group} if group else {}))
        twins[name] = folder / "python"
    twins["runtime"] = twins.pop("RuntimeLayer")
    return twins


def import_failure(function: Function, twins: Mapping[str, Path], tools: Toolchain) -> str:
    """Why a function's handler cannot be imported from its artifact and its layers' twins; empty when it can."""
    folders = [function.folder, *(twins[layer.name] for layer in function.layers), twins["runtime"]]
    # -I -S: no site-packages, no user folder, no environment, not even the script's own folder.
    alone = [tools.host_python, "-I", "-S", "-B", str(_IMPORT_ALONE)]
    command = [*alone, json.dumps([str(folder) for folder in folders]), function.handler]
    result = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=False, timeout=120)
    return result.stderr.strip().rpartition("\n")[2] or f"status {result.returncode}" if result.returncode else ""


def _host_platform() -> str:
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    if sys.platform == "darwin":
        return f"{machine}-apple-darwin"
    return f"{machine}-manylinux_2_28" if platform.libc_ver()[0] == "glibc" else f"{machine}-unknown-linux-musl"


def _make(target: str, variables: Mapping[str, str]) -> str:
    assignments = [f"{name}={value}" for name, value in variables.items()]
    command = ["make", "--no-print-directory", "--makefile", str(_MAKEFILE), target, *assignments]
    result = subprocess.run(
        command, cwd=_MAKEFILE.parent, env=os.environ, stdout=subprocess.PIPE, text=True, check=True, timeout=600
    )
    return result.stdout
