"""`python -m infra.local`: run the platform on this machine. PORT and DARKROOM_HOME choose address and data folder."""

import asyncio
import os
import signal
import sys

from infra.local import tether
from infra.local.deployment import DeploymentFailed
from infra.local.emulator import EmulatorFailed
from infra.local.home import AlreadyRunning, chosen
from infra.local.keys import UnknownChoice
from infra.local.postgres import PostgresFailed
from infra.local.stack import StackFailed, run_until_signalled

_EXPLAINED = (StackFailed, PostgresFailed, EmulatorFailed, DeploymentFailed, UnknownChoice)


def main() -> int:
    if "--tied" in sys.argv[1:]:  # by make: a killed make takes the stack with it
        tether.hold(signal.SIGTERM)
    home = chosen()
    port = int(os.environ.get("PORT") or 8000)
    try:
        asyncio.run(run_until_signalled(home, port))
    except AlreadyRunning:
        print(f"  a stack is running from {home.root} already; another one needs its own DARKROOM_HOME and PORT")
        return 1
    except ExceptionGroup as failures:
        explained, rest = failures.split(_EXPLAINED)
        if explained is None or rest is not None:
            raise
        for failure in explained.exceptions:
            print(f"\n  {failure}", file=sys.stderr)
        return 1
    except _EXPLAINED as failure:
        print(f"\n  {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
