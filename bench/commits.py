"""The limit of whatever commits: what this disk lets PostgreSQL do, told by pgbench on the same durable database."""

import re
import subprocess
import tempfile
from pathlib import Path

import psycopg

from infra.tools import scratch_postgres

_SECONDS = 5


def a_second(url: str, clients: int) -> float:
    """Transactions of one small row that so many clients commit each second."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS commit_limit (at timestamptz)")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("INSERT INTO commit_limit VALUES (now());\n")
        script.flush()
        command = [
            scratch_postgres.binary("pgbench"),
            *("--no-vacuum", "--client", str(clients), "--jobs", str(clients)),
            *("--time", str(_SECONDS), "--file", script.name, url),
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path("/")).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found is not None, said
    return float(found[1])
