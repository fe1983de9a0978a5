"""Runs the measurements, all or by name, and fails when one breaks its budget.

make bench                      # all
make bench ARGS=cold_start
"""

import importlib
import os
import sys
from contextlib import redirect_stderr
from pathlib import Path

from bench.platform import platform

NAMES = (
    "cold_start",
    "warm_requests",
    "presigning",
    "gallery_lists",
    "curation",
    "curation_quality",
    "outbox_to_worker",
    "ledger_postings",
    "next_times",
    "schedule_minute",
    "dispatch_latency",
    "agent_footprint",
    "faces",
    "restoration_quality",
    "restoration_speed",
    "restoration_pipeline",
    "zip_stream",
    "order_webhooks",
)
DURABLE = frozenset({"outbox_to_worker", "ledger_postings", "schedule_minute", "order_webhooks"})


def main() -> int:
    chosen = sys.argv[1:] or NAMES
    failed = []
    for name in chosen:
        if name not in NAMES:
            print(f"there is no measurement {name!r}; there are {', '.join(NAMES)}")
            return 2
        module = importlib.import_module(f"bench.{name}")
        print(f"\n== {name}: {(module.__doc__ or '').splitlines()[0]}\n", flush=True)
        # Log lines are written, as in a function, but not to a terminal.
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stderr(nowhere),
            platform(durable=name in DURABLE) as stands_on,
        ):
            kept = module.run(stands_on)
        if not kept:
            failed.append(name)
    if failed:
        print(f"\nbudget broken: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
