"""When schedules fire next, beside cronsim.

A device that connects is told the times of a day ahead of every schedule it has, so a schedule of every minute is the
case that counts: 1,440 times, read and worked out. Both know time zones and answer the same question in the same one.

    make bench ARGS=next_times
"""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from bench import measure
from bench.platform import Platform
from captures.recurrence import parse

RUNS = 15
ZONE = "Europe/Berlin"
AFTER = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BUDGET = 0.6
"""Of what cronsim takes, at most."""

CASES = (
    ("a day of every minute", "* * * * ? *", "* * * * *", 1_440),
    ("office hours, 500 times", "0/5 9-17 ? * MON-FRI *", "*/5 9-17 * * 1-5", 500),
    ("last Fridays of a year", "0 9 ? * 6L *", "0 9 * * 5L", 12),
    ("three leap days", "0 0 29 2 ? *", "0 0 29 2 *", 3),
)


def run(_platform: Platform) -> bool:
    """Measure each case; both have to name the same times."""
    rows = [["times", "ours", "cronsim", "ratio"]]
    kept = True
    for label, expression, theirs, count in CASES:

        def ours(expression: str = expression, count: int = count) -> list[datetime]:
            return parse(f"cron({expression})", ZONE, anchor=AFTER).upcoming(AFTER, count)

        def peer(theirs: str = theirs, count: int = count) -> list[datetime]:
            return list(islice(CronSim(theirs, AFTER.astimezone(ZoneInfo(ZONE))), count))

        pairing = measure.in_turn(ours, peer, RUNS)
        kept &= ours() == peer() and pairing.ratio <= BUDGET
        shown = [f"{side.median * 1000:.2f} ms" for side in (pairing.thing, pairing.peer)]
        rows.append([label, *shown, f"{pairing.ratio:.2f}"])
    print(measure.table(rows))
    print(f"\nbudget: {BUDGET} of cronsim's time")
    return kept
