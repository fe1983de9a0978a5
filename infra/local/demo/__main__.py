"""Fills the running local stack: the demo person, and what each product shows of them.

It may be run again and again: what is there stays and what is missing is added. A product adds itself by a module with
a `fill(person)` in this package, and a line in FILLERS; docs/clients.md says what a filler may use.
"""

import sys
from collections.abc import Callable
from typing import Final

from darkroom_client import Client, DarkroomError, FileTokens, Journal, Refused
from infra.local.demo import captures, galleries, restorations
from infra.local.demo.person import EMAIL, NAME, PASSWORD, Person
from infra.local.home import chosen, read_document

FILLERS: Final[tuple[Callable[[Person], None], ...]] = (galleries.fill, captures.fill, restorations.fill)


def main() -> int:
    home = chosen()
    stack = read_document(home.stack)
    if stack is None:
        print("  no stack is running; start it with `make run`")
        return 1
    folder = home.root / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with Client(stack["web"], FileTokens(folder / "sessions.json")) as client:
            _sign_in(client)
            with Journal(folder / "journal.sqlite") as journal:
                for fill in FILLERS:
                    fill(Person(client, journal, folder, stack["web"], home.agent))
    except DarkroomError as error:
        print(f"  {error}")
        return 1
    print(f"\n  Sign in at {stack['web']} as {EMAIL} with the password: {PASSWORD}")
    return 0


def _sign_in(client: Client) -> None:
    try:
        client.register(EMAIL, PASSWORD, NAME)
    except Refused as refused:
        if refused.status != 409:  # else the account is there
            raise
    client.sign_in(EMAIL, PASSWORD)


if __name__ == "__main__":
    sys.exit(main())
