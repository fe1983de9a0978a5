"""How long a photo takes from its submission to its being ready, on the running stack, beside the restorer alone.

The stack is the whole one: queues, the stand-in that restores in a process of its own, its webhook, the copy of the
result, the judgement with faces, and the pictures. Time is that between the job's own rows. The peer is the same
restorer on the same file, started by itself, in turn.

    make bench ARGS=restoration_pipeline
"""

import io
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
from PIL import Image

from bench import measure
from bench.platform import Platform
from bench.restoration_quality import truths
from bench.restoration_speed import restored
from tests.e2e.stacks import RunningStack
from tests.factories import ageing

SIZES = ((1200, 800, 3), (3000, 2000, 2))
TIMES_MOST = 3.0  # as long as the restorer alone, at the last size
_PATIENCE_SECONDS = 300


def run(platform: Platform) -> bool:  # noqa: ARG001 - the stack has its own
    """What is around the restorer takes no more than twice as long as it does, at six megapixels."""
    rows = [["photo", "megapixels", "submitted to ready", "a megapixel", "restorer alone", "a megapixel", "ratio"]]
    ratio = 0.0
    with tempfile.TemporaryDirectory() as folder:
        stack = RunningStack(Path(folder) / "home")
        try:
            stack.start()
            _through(stack.stack, _aged(600, 400))  # functions and the face service are warm from here on
            for width, height, times in SIZES:
                content, source = _aged(width, height), Path(folder) / "aged.jpg"
                source.write_bytes(content)
                taken, alone = [], []
                for _ in range(times):
                    taken.append(_through(stack.stack, content))
                    alone.append(restored(source, Path(folder) / "restored.jpg")[0])
                million = width * height / 1e6
                whole, bare = statistics.median(taken), statistics.median(alone)
                ratio = statistics.median(one / other for one, other in zip(taken, alone, strict=True))
                rows.append([
                    f"{width} x {height}", f"{million:.1f}", f"{whole:.1f} s", f"{whole / million:.2f} s",
                    f"{bare:.1f} s", f"{bare / million:.2f} s", f"{ratio:.2f}",
                ])  # fmt: skip
        finally:
            stack.stop()
    print(measure.table(rows))
    return ratio <= TIMES_MOST


def _aged(width: int, height: int) -> bytes:
    picture = np.asarray(Image.fromarray(truths()[0]).resize((width, height), Image.Resampling.BICUBIC))
    encoded = io.BytesIO()
    Image.fromarray(ageing.aged(picture, ageing.usual(1), 1)).save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def _through(stack: Mapping[str, Any], content: bytes) -> float:
    """Seconds of the try that was kept, for an order of this photo."""
    with httpx.Client(base_url=stack["api"], timeout=60, trust_env=False) as client:
        order_id = _paid(client, content)
        until = time.monotonic() + _PATIENCE_SECONDS
        with psycopg.connect(stack["database"], autocommit=True) as conn:
            while time.monotonic() < until:
                found = conn.execute(
                    """SELECT j.status, extract(epoch FROM j.completed_at - j.submitted_at)::float
                         FROM restoration_jobs j WHERE j.order_id = %s""",
                    (order_id,),
                ).fetchone()
                if found is not None and found[0] == "completed":
                    return float(found[1])
                if found is not None and found[0] == "failed":
                    raise RuntimeError("the photo was not restored")
                time.sleep(0.5)
    raise RuntimeError("the photo did not come back")


def _paid(client: httpx.Client, content: bytes) -> str:
    file = {"filename": "old.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
    session = client.post("/upload", json={"files": [file]}).raise_for_status().json()
    place = session["uploads"][0]
    httpx.put(place["url"], content=content, headers=place["headers"], timeout=60, trust_env=False).raise_for_status()
    who = {"Authorization": f"Bearer {session['session_token']}"}
    while client.get(f"/upload/{session['session_id']}", headers=who).json()["files"][0]["status"] == "pending":
        time.sleep(0.2)
    wanted = {
        "session_id": session["session_id"],
        "session_token": session["session_token"],
        "email": "bench@example.com",
        "options": {"fidelity": 1.0},
    }
    order = client.post("/checkout", json=wanted).raise_for_status().json()
    with httpx.Client(timeout=60, trust_env=False) as page:
        page.post(order["checkout_url"], data={"action": "pay"})
    return str(order["order_id"])
