"""From `POST /captures` to the photo's row, over the WebSocket and over the long poll.

The whole local stack runs, and the real agent beside it, with a folder as its camera: the photo is there at once, so
that what is left is ours. Times are the server's own, from `requested_at` to `completed_at`. The limit is bringing a
photo that is at hand: `POST /agent/captures`, PUT and `complete`, by the same person's camera in the same run.

    make bench ARGS=dispatch_latency        # RUNS=50
"""

import hashlib
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from bench import measure
from bench.desk import desk
from bench.platform import Platform
from tests.e2e.cameras import Desk
from tests.factories import photos

RUNS = int(os.environ.get("RUNS", "50"))
BUDGET_RATIO = 12


def run(_: Platform) -> bool:
    """Measure both ways, each in a stack of its own."""
    rows = [["from the request to the photo's row", "photos", "p50", "p99", "bringing alone, p50", "ratio of p50"]]
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        photos.scene(1280, 720).save(photo, quality=88)
        for label, polls in (("over the WebSocket", False), ("over the long poll", True)):
            with desk(folder, polls=polls) as there:
                asked, alone = _measure(there, photo.read_bytes())
            ratio = median(asked) / median(alone)
            kept &= ratio <= BUDGET_RATIO
            last = f"{measure.percentile(asked, 0.99) * 1000:.0f} ms"
            first = f"{median(asked) * 1000:.0f} ms"
            rows.append([label, str(len(asked)), first, last, f"{median(alone) * 1000:.0f} ms", f"{ratio:.1f}"])
    print(measure.table(rows))
    print(f"\nbudget: {BUDGET_RATIO} times bringing a photo that is at hand")
    return kept


def _measure(there: Desk, photo: bytes) -> tuple[list[float], list[float]]:
    asked, alone = [], []
    with httpx.Client(timeout=60, trust_env=False) as agent, psycopg.connect(there.stack["database"]) as conn:
        token = _token(conn, there.device_id)
        for number in range(RUNS + 2):
            done = there.completed(there.capture())
            took = _moment(done["completed_at"]) - _moment(done["requested_at"])
            started = time.perf_counter()
            _bring(agent, there.stack["api"], token, photo)
            brought = time.perf_counter() - started
            if number >= 2:  # every function is up
                asked.append(took.total_seconds())
                alone.append(brought)
    return asked, alone


def _token(conn: psycopg.Connection[Any], device_id: str) -> str:
    """Another token of the same device: the agent's own is known to the agent alone."""
    token = uuid4().hex
    conn.execute(
        "INSERT INTO opaque_tokens (token_hash, kind, subject_id) VALUES (%s, 'device', %s)",
        (hashlib.sha256(token.encode()).digest(), device_id),
    )
    conn.commit()
    return token


def _bring(agent: httpx.Client, api: str, token: str, photo: bytes) -> None:
    said = {"sha256": hashlib.sha256(photo).hexdigest(), "taken_at": "2026-01-01T12:00:00Z"}
    headers = {"authorization": f"Bearer {token}"}
    report = said | {"client_id": str(uuid4()), "content_type": "image/jpeg", "size_bytes": len(photo)}
    place = agent.post(f"{api}/agent/captures", json=report, headers=headers).raise_for_status().json()
    agent.put(place["url"], content=photo, headers=place["headers"]).raise_for_status()
    complete = said | {"storage_key": place["storage_key"], "width": 1280, "height": 720}
    path = f"{api}/agent/captures/{place['capture_id']}/complete"
    agent.post(path, json=complete, headers=headers).raise_for_status()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
