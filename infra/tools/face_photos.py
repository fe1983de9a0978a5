"""Fetches photos of real faces for tests and benchmarks: those that the package face_recognition tests itself with.

    python3 infra/tools/face_photos.py

They show public officials, come from the source package on PyPI by its hash, and stay in `.tools`: they are neither
part of this repository nor of anything that is deployed. Without a network there are none, and what needs them is
skipped. Needs nothing but the standard library.
"""

import hashlib
import io
import os
import re
import sys
import tarfile
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

FOLDER = Path(__file__).resolve().parents[2] / ".tools" / "face-photos"
_FILE = "face_recognition-1.3.0.tar.gz"
_HASH = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_LAST = "biden.jpg"  # is there when all of them are
_INDEX = "https://pypi.org/simple"
_INSIDE = re.compile(r"face_recognition-1\.3\.0/tests/test_images/(\w+\.(?:jpg|png))")


def fetch(folder: Path = FOLDER) -> None:
    if (folder / _LAST).exists():
        return
    index = (os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_DEFAULT_INDEX") or _INDEX).rstrip("/")
    with urllib.request.urlopen(f"{index}/face-recognition/", timeout=60) as answer:  # noqa: S310 - the package index
        found = re.search(rf'href="([^"#]+/{re.escape(_FILE)})[#"]', answer.read().decode())
    if found is None:
        raise LookupError(f"the index has no {_FILE}")
    with urllib.request.urlopen(urljoin(f"{index}/face-recognition/", found[1]), timeout=60) as answer:  # noqa: S310
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != _HASH:
        raise LookupError(f"{_FILE} is not the file that was chosen")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        photos: dict[str, bytes] = {}
        for member in archive:
            inside, opened = _INSIDE.fullmatch(member.name), archive.extractfile(member)
            if inside and opened:
                photos[inside[1]] = opened.read()
    for name in sorted(photos, key=lambda name: name == _LAST):
        (folder / name).write_bytes(photos[name])


def main() -> int:
    try:
        fetch()
    except (OSError, LookupError) as failure:
        print(f"  no photos of faces, tests that need them are skipped: {failure}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
