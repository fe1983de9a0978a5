"""`make admin EMAIL=…`: the first admin of a running local stack."""

import os
import sys

from infra.local.home import chosen, read_document


def main(email: str) -> int:
    stack = read_document(chosen().stack)
    if stack is None:
        print("  no stack is running; start it with `make run`")
        return 1
    if not email:
        print("  whom? make admin EMAIL=you@example.com")
        return 1
    os.environ["DATABASE_URL"] = stack["database"]
    from accounts import make_admin  # after the database is named: settings are read once

    return make_admin.main([email])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
