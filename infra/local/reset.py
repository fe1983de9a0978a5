"""`make reset`: forgets a home's data. Needs nothing installed."""

import os
import shutil
import sys

from infra.local.home import AlreadyRunning, Home, chosen


def main() -> int:
    home: Home = chosen()
    if not home.root.exists():
        print(f"  there is nothing in {home.root}")
        return 0
    if not home.keys.exists():
        print(f"  {home.root} is not a stack's home; nothing is removed")
        return 1
    try:
        held = home.hold()
    except AlreadyRunning:
        print(f"  a stack is running from {home.root}; stop it first")
        return 1
    shutil.rmtree(home.root)
    os.close(held)
    print(f"  {home.root} is gone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
