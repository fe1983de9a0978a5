"""`darkroom-agent` in a terminal.

Exit status: 0 all well, 1 something failed, 2 it was called wrongly, 3 it is not paired, 4 the camera gave no photo,
5 Darkroom said no, 6 its owner has paused it, 130 it was stopped.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from darkroom_agent import VERSION
from darkroom_agent.commands import pairing, running, service, snapping, status
from darkroom_agent.errors import AgentError

_STOPPED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        exit_status: int = options.run(options)
        sys.stdout.flush()
    except AgentError as error:
        print(f"darkroom-agent: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("\ndarkroom-agent: stopped", file=sys.stderr)
        return _STOPPED
    except BrokenPipeError:
        return 1
    return exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="darkroom-agent",
        description="Has the camera here take photos for Darkroom, on demand and on a schedule.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"darkroom-agent {VERSION}")
    # Every verb takes every option, so that they can be given without thinking of the verb.
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--api", metavar="URL", help="Darkroom's API, with /api/v1 (kept when pairing)")
    shared.add_argument(
        "--camera",
        metavar="SOURCE",
        help="0 (a webcam's number), rtsp://…, http://… (MJPEG or a still), a folder, a video file, picamera, test"
        " (kept when pairing; else 0)",
    )
    shared.add_argument("--interval", type=_seconds, metavar="SECONDS", help="between heartbeats (30)")
    shared.add_argument(
        "--output", "-o", type=Path, metavar="FILE", help="where the photo (or the service's file) goes"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    pair = commands.add_parser("pair", parents=[shared], help="become a device of an account")
    pair.add_argument("code", metavar="CODE", help="six characters, shown by Darkroom when a device is added")
    pair.set_defaults(run=pairing.pair)

    run = commands.add_parser("run", parents=[shared], help="take and send photos until stopped")
    run.set_defaults(run=running.run)

    show = commands.add_parser("status", parents=[shared], help="say how things stand")
    show.set_defaults(run=status.status)

    snap = commands.add_parser("snap", parents=[shared], help="take one photo now")
    snap.set_defaults(run=snapping.snap)

    boot = commands.add_parser("service", parents=[shared], help="print what has it run at every boot")
    boot.add_argument("--kind", choices=("systemd", "launchd"), help="else as this machine has it")
    boot.set_defaults(run=service.service)
    return parser


def _seconds(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or not 0.05 <= number <= 3600:
        raise argparse.ArgumentTypeError("from 0.05 to 3600")
    return number


if __name__ == "__main__":
    sys.exit(main())
