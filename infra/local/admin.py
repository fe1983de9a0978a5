"""`make admin EMAIL=…`: the first admin of a running local stack."""

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
    import psycopg

    with psycopg.connect(stack["database"], autocommit=True) as connection:
        changed = connection.execute(
            "UPDATE users SET role = 'admin', updated_at = now() WHERE lower(email) = lower(%s)", (email.strip(),)
        ).rowcount
    if not changed:
        print(f"  nobody is registered as {email}; register at {stack['web']} first")
        return 1
    print(f"  {email} is an admin")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
