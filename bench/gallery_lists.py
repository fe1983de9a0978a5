"""Lists of photos and albums as a collection grows: page one and a page far behind, at 100 to a million photos.

The peer is the list itself at a hundredth of the size: a list that is flat takes as long there. All rows are one
person's, which is the hardest case for an index.

    make bench ARGS=gallery_lists
"""

import json
import time
from typing import Any

from bench import measure
from bench.platform import Platform, SignedIn, event
from darkroom import db
from darkroom.pagination import Cursor

SIZES = (100, 10_000, 1_000_000)
PER_ALBUM = 100
RUNS = 60
FLAT = 1.5


def run(platform: Platform) -> bool:
    """Fill, ask, print; whether a million photos cost what ten thousand cost."""
    from galleries.api import handler

    rows = [["warm request", *(f"{size:,} photos" for size in SIZES), "million : ten thousand"]]
    times: dict[str, list[float]] = {}
    for size in SIZES:
        person = platform.sign_in()
        _fill(person, size)
        for name, path in _paths(person, size).items():
            times.setdefault(name, []).append(_median(handler, path, person))
    kept = True
    for name, seconds in times.items():
        ratio = seconds[-1] / seconds[-2]
        kept = kept and ratio < FLAT
        rows.append([name, *(f"{each * 1000:.2f} ms" for each in seconds), f"{ratio:.2f} (budget {FLAT})"])
    print(measure.table(rows))
    return kept


def _fill(person: SignedIn, size: int) -> None:
    albums = max(1, size // PER_ALBUM)
    with db.transaction() as tx:
        tx.execute(
            """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes,
                                   width, height, sha256, taken_at, created_at, derived_at)
               SELECT uuidv7(), %(user)s::uuid, 'upload', %(user)s::text || '/' || n, 'IMG_' || n || '.jpg',
                      'image/jpeg', 4000000, 4000, 3000, decode(md5(%(user)s::text || n), 'hex'),
                      now() - make_interval(mins => n::integer), now() - make_interval(secs => n), now()
                 FROM generate_series(1, %(size)s) AS n""",
            {"user": person.id, "size": size},
        )
        tx.execute(
            """INSERT INTO albums (id, user_id, title, curated_by, created_at)
               SELECT uuidv7(), %(user)s::uuid, 'Album ' || n, 'fallback', now() - make_interval(hours => n::integer)
                 FROM generate_series(1, %(albums)s) AS n""",
            {"user": person.id, "albums": albums},
        )
        tx.execute(
            """WITH a AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM albums WHERE user_id = %(user)s),
                    i AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM images WHERE user_id = %(user)s)
               INSERT INTO album_images (album_id, image_id, display_order)
               SELECT a.id, i.id, i.n %% %(each)s FROM i JOIN a ON a.n = least(i.n / %(each)s, %(albums)s - 1)""",
            {"user": person.id, "each": PER_ALBUM, "albums": albums},
        )
    db.connection().execute("ANALYZE")


def _paths(person: SignedIn, size: int) -> dict[str, str]:
    with db.reading() as tx:
        image = tx.one(
            "SELECT created_at, id FROM images WHERE user_id = %(user)s ORDER BY created_at LIMIT 1 OFFSET %(half)s",
            {"user": person.id, "half": size // 2},
        )
        album_id = tx.value("SELECT id FROM albums WHERE user_id = %(user)s ORDER BY id LIMIT 1", {"user": person.id})
    assert image is not None
    far = Cursor.encode((image["created_at"], image["id"]))
    return {
        "GET /images, page one": "/api/v1/images?limit=50",
        "GET /images, half way back": f"/api/v1/images?limit=50&cursor={far}",
        "GET /images by time taken": "/api/v1/images?limit=50&sort=taken",
        "GET /galleries/me, 10 albums": "/api/v1/galleries/me?limit=10",
        "GET /albums/{id}": f"/api/v1/albums/{album_id}",
    }


def _median(handler: Any, path: str, person: SignedIn) -> float:
    address, _, query = path.partition("?")
    request = event("GET", address, token=person.token) | {"rawQueryString": query}
    times = []
    for run_ in range(RUNS + 3):
        started = time.perf_counter()
        answer = handler(request, None)
        if run_ >= 3:
            times.append(time.perf_counter() - started)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"{path} answered {answer['statusCode']}: {json.dumps(answer)[:300]}")
    return measure.percentile(times, 0.5)
