"""Making the first administrator: an operator's command, and a Lambda that nothing triggers.

    make admin EMAIL=ada@example.com                      locally (python -m accounts.make_admin ada@example.com)
    aws lambda invoke --function-name <AccountsMakeAdmin> \
        --cli-binary-format raw-in-base64-out --payload '{"email": "ada@example.com"}' /dev/stdout      on AWS

The person registers first. Who may invoke the function is IAM's to say.
"""

import sys
from typing import Any

from accounts import identity
from accounts.service import administration
from darkroom import db
from darkroom.errors import NotFound


def make_admin(email: str) -> str:
    address = identity.email_address(email)
    with db.transaction() as tx:
        administration.make_admin(tx, address)
    return address


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    return {"admin": make_admin(str(event["email"]))}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m accounts.make_admin EMAIL\n")
        return 2
    try:
        address = make_admin(arguments[0])
    except (NotFound, ValueError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"{address} is an administrator.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
