"""The least that has to be done with a photo: open it and write the two WebP pictures, with Pillow and nothing else.

python -m bench.peers.pictures PHOTO COUNT
"""

import io
import json
import sys
import time
from pathlib import Path

from PIL import Image

from bench.measure import peak_megabytes

EDGES = (1600, 400)


def main(photo: Path, count: int) -> dict[str, float]:
    content = photo.read_bytes()
    started = time.perf_counter()
    for _ in range(count):
        with Image.open(io.BytesIO(content)) as opened:
            opened.draft("RGB", (EDGES[0], EDGES[0]))
            picture = opened.convert("RGB")
        for edge in EDGES:
            picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
            picture.save(io.BytesIO(), "WEBP", quality=82, method=4)
    return {
        "photos": count,
        "seconds": time.perf_counter() - started,
        "peak_mb": peak_megabytes(),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
