"""Cold start of each API function, beside the least one can do with the same parts.

Whole-process time from the interpreter's start to the first answer with its first SQL. The peer is
bench/peers/hello.py: a bare FastAPI + Mangum that opens a psycopg connection and selects 1. Both have compiled
bytecode, as an artifact has. The budget is 1.3 times the peer.

    make bench ARGS=cold_start
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench import measure
from bench.platform import Platform, event

RUNS = 15
BUDGET = 1.3
SHOWN_IMPORTS = 8
ROOT = Path(__file__).parent.parent


def run(platform: Platform) -> bool:
    """Measure every API function; whether all kept to the budget."""
    user = platform.sign_in()
    requests = {
        "accounts.api.handler": event("GET", "/api/v1/users/me", token=user.token),
        "galleries.api.handler": event(
            "POST",
            "/api/v1/uploads/generate-urls",
            token=user.token,
            body={"files": [{"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 1000}]},
        ),
        "realtime.api.handler": event("POST", "/api/v1/realtime/tickets", token=user.token, body={}),
        "operations.api.handler": event("GET", "/api/v1/health"),
    }
    rows = [["cold start to first answer", "median", "spread", "peer", "ratio", "budget"]]
    kept = True
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, **platform.environment, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for handler, request in requests.items():
            pairing = measure.in_turn(
                lambda h=handler, r=request: _start(h, r, environment),  # type: ignore[misc]
                lambda: _start("bench.peers.hello.handler", event("GET", "/api/v1/hello"), environment),
                RUNS,
            )
            kept = kept and pairing.ratio <= BUDGET
            rows.append(
                [
                    handler,
                    f"{pairing.thing.median * 1000:.0f} ms",
                    pairing.thing.spread,
                    f"{pairing.peer.median * 1000:.0f} ms",
                    f"{pairing.ratio:.2f}",
                    f"{BUDGET} {'kept' if pairing.ratio <= BUDGET else 'EXCEEDED'}",
                ]
            )
        print(measure.table(rows))
        for handler, request in requests.items():
            print(f"\n{handler} imports (own time, slowest first):")
            for microseconds, module in _imports(handler, request, environment)[:SHOWN_IMPORTS]:
                print(f"  {microseconds / 1000:6.1f} ms  {module}")
    return kept


def _start(
    handler: str, request: Mapping[str, object], environment: Mapping[str, str], *options: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "bench.first_answer", handler, json.dumps(request)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    if not done.stdout.startswith("2"):
        raise RuntimeError(f"{handler} answered {done.stdout.strip()}: {done.stderr[-2000:]}")
    return done


def _imports(handler: str, request: Mapping[str, object], environment: Mapping[str, str]) -> list[tuple[int, str]]:
    """Top-level packages by the time that their own modules took, in microseconds."""
    totals: dict[str, int] = {}
    for line in _start(handler, request, environment, "-X", "importtime").stderr.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        module = rest.partition("|")[2].strip().partition(".")[0]
        if line.startswith("import time:") and own.strip().isdecimal():
            totals[module] = totals.get(module, 0) + int(own)
    return sorted(((spent, module) for module, spent in totals.items()), reverse=True)
