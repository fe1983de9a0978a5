"""`darkroom-agent service`: has the agent run at every boot. It prints the file and says where it belongs."""

import argparse
import getpass
import os
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from darkroom_agent.home import Home

_SYSTEMD: Final = "darkroom-agent.service"
_LAUNCHD: Final = "com.darkroom.agent.plist"


def service(options: argparse.Namespace) -> int:
    kind = options.kind or ("launchd" if sys.platform == "darwin" else "systemd")
    text = rendered(kind)
    print(text, end="")
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text)
    if kind == "systemd":
        told = (
            f"Install it:\n  darkroom-agent service | sudo tee /etc/systemd/system/{_SYSTEMD}\n"
            f"  sudo systemctl daemon-reload && sudo systemctl enable --now {_SYSTEMD}"
        )
    else:
        told = (
            f"Install it:\n  darkroom-agent service > ~/Library/LaunchAgents/{_LAUNCHD}\n"
            f"  launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{_LAUNCHD}"
        )
    print(told, file=sys.stderr)
    return 0


def rendered(kind: str) -> str:
    """The file of the package, with this agent's command and folder in it."""
    name = _SYSTEMD if kind == "systemd" else _LAUNCHD
    template = (files("darkroom_agent") / "service" / name).read_text()
    values = {"@COMMAND@": _command(), "@HOME@": str(Home().folder.absolute()), "@USER@": getpass.getuser()}
    for mark, value in values.items():
        # A unit reads % as the start of a name of its own.
        template = template.replace(mark, value.replace("%", "%%") if kind == "systemd" else escape(value))
    return template


def _command() -> str:
    beside = Path(sys.executable).with_name("darkroom-agent")
    return str(beside) if os.access(beside, os.X_OK) else shutil.which("darkroom-agent") or str(beside)
