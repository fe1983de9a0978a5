"""`darkroom` in a terminal. Exit status: 0 all well, 1 something failed, 2 it was called wrongly, 130 stopped."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from darkroom_client.client import DEFAULT_URL
from darkroom_client.commands import account, albums, restore, upload
from darkroom_client.errors import DarkroomError

_STOPPED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except DarkroomError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndarkroom: stopped", file=sys.stderr)
        return _STOPPED
    except BrokenPipeError:  # whoever read has had enough (`darkroom albums | head`)
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="darkroom",
        description="Bring photos to Darkroom, have albums made of them, and old ones restored.",
        allow_abbrev=False,
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--url",
        default=os.environ.get("DARKROOM_URL") or DEFAULT_URL,
        help=f"the server (DARKROOM_URL; else {DEFAULT_URL})",
    )
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument("--json", action="store_true", help="answer as JSON, for other programs")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    login = commands.add_parser("login", parents=[shared], help="sign in")
    login.add_argument("--email", help="whose account (else it is asked for)")
    login.set_defaults(run=account.login)

    logout = commands.add_parser("logout", parents=[shared], help="end the session")
    logout.set_defaults(run=account.logout)

    whoami = commands.add_parser("whoami", parents=[shared, machine], help="say who is signed in")
    whoami.set_defaults(run=account.whoami)

    bring = commands.add_parser(
        "upload",
        parents=[shared, machine],
        help="bring photos, and have albums made of them",
        description="Brings JPEG, PNG, WebP and HEIC photos; folders with all that is in them. It may be stopped at any"
        " moment: the same command goes on where it was.",
    )
    bring.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a photo, or a folder")
    bring.add_argument("--curate", action="store_true", help="have albums made, and wait for them")
    bring.add_argument("--instructions", metavar="TEXT", help="what to mind in making albums (with --curate)")
    bring.add_argument("--regroup", action="store_true", help="make albums anew, also of photos that are in one")
    bring.add_argument("--parallel", type=_count, default=4, metavar="N", help="so many files at once (1 to 32; 4)")
    bring.set_defaults(run=upload.upload)

    listing = commands.add_parser("albums", parents=[shared, machine], help="list your albums, newest first")
    listing.set_defaults(run=albums.albums)

    download = commands.add_parser("download", parents=[shared], help="get an album's photos as a ZIP")
    download.add_argument("album", metavar="ALBUM", help="its title, how its title begins, or its id")
    download.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (else the title, here)")
    download.set_defaults(run=albums.download)

    status = commands.add_parser("status", parents=[shared, machine], help="say how far a job is")
    status.add_argument("job", metavar="JOB", help="its id")
    status.set_defaults(run=albums.status)

    mending = commands.add_parser(
        "restore",
        parents=[shared, machine],
        help="have old photos restored",
        description="Brings up to 50 photos and orders their restoration; it says where to pay. It needs no account.",
    )
    mending.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a photo")
    mending.add_argument("--email", help="whom letters go to (else your account's address)")
    mending.add_argument("--credits", action="store_true", help="pay with the credits of your account")
    mending.add_argument("--fidelity", type=_share, default=0.7, metavar="0..1", help="how close to the original (0.7)")
    mending.add_argument("--colorize", action="store_true", help="in colour, where the model can")
    mending.add_argument("--upscale", type=int, choices=(1, 2, 4), default=1, help="so many times larger (1)")
    _add_waiting(mending)
    mending.set_defaults(run=restore.restore)

    ordered = commands.add_parser("orders", parents=[shared, machine], help="list your orders, newest first")
    ordered.set_defaults(run=restore.orders)

    one = commands.add_parser("order", parents=[shared, machine], help="say how far an order is, and fetch its photos")
    one.add_argument("order", metavar="ORDER", help="its link from a letter, or its number when it is yours")
    _add_waiting(one)
    one.set_defaults(run=restore.order)
    return parser


def _add_waiting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait until the order is over")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="wait, and fetch the photos as this ZIP")


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("from 0 to 1")
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 32:
        raise argparse.ArgumentTypeError("from 1 to 32")
    return number


if __name__ == "__main__":
    sys.exit(main())
