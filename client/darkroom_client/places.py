"""Where this client keeps what it must remember: in the platform's folder for state, or in DARKROOM_STATE."""

import os
import sys
from pathlib import Path


def state_folder() -> Path:
    """The folder, made for its owner alone where it is not there yet."""
    folder = _chosen()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _chosen() -> Path:
    named = os.environ.get("DARKROOM_STATE")
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "darkroom"
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "darkroom"
