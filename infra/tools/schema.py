"""The generated infra/schema.sql: what the migrations make, in one file to read and to compare.

python -m infra.tools.schema            # write it
python -m infra.tools.schema --check    # fail when it is not what the migrations make (CI)
"""

import re
import subprocess
import sys
from pathlib import Path

from infra.tools import scratch_postgres

SCHEMA = scratch_postgres.ROOT / "infra" / "schema.sql"

_HEADER = "-- Generated from infra/migrations by `make generate`. Not a migration: nothing runs this file.\n\n"
_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$\n?", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


def generate() -> str:
    """The schema after every migration, without what differs from one pg_dump to the next."""
    server = scratch_postgres.Server()
    try:
        server.start()
        dump = subprocess.run(
            [
                scratch_postgres.binary("pg_dump"),
                "--schema-only",
                "--no-owner",
                "--no-privileges",
                server.url(scratch_postgres.TEMPLATE),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    finally:
        server.stop()
    return _HEADER + normalise(dump)


def normalise(dump: str) -> str:
    """Only the statements: no comments, session settings or random tokens."""
    return _BLANK_LINES.sub("\n\n", _NOISE.sub("", dump)).strip() + "\n"


def main(arguments: list[str], file: Path = SCHEMA) -> int:
    schema = generate()
    if "--check" not in arguments:
        file.write_text(schema)
        return 0
    if file.exists() and file.read_text() == schema:
        return 0
    print(f"{file.name} is not what the migrations make: run `make generate` and commit it.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
