"""Publishing the web app: what is named comes before what names it, and only hashed files are cached for good."""

from pathlib import Path
from typing import Any

from infra.tools import publish_web


class Bucket:
    def __init__(self) -> None:
        self.puts: list[dict[str, Any]] = []

    def put_object(self, **put: Any) -> None:
        self.puts.append(put)


def test_the_page_comes_last_and_is_asked_for_each_time(tmp_path: Path) -> None:
    names = [
        "index.html",
        "service-worker.js",
        "_app/immutable/start.1a2b.js",
        "_app/version.json",
        "manifest.webmanifest",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    bucket = Bucket()
    assert publish_web.publish(bucket, "web", tmp_path) == len(names)  # type: ignore[arg-type]
    keys = [put["Key"] for put in bucket.puts]
    assert keys[0] == "_app/immutable/start.1a2b.js"
    assert keys[-1] == "index.html"
    cached = {put["Key"]: put["CacheControl"] for put in bucket.puts}
    assert cached.pop("_app/immutable/start.1a2b.js").endswith("immutable")
    assert set(cached.values()) == {"no-cache"}
    kinds = {put["Key"]: put["ContentType"] for put in bucket.puts}
    assert kinds["service-worker.js"] == "text/javascript; charset=utf-8"
    assert kinds["manifest.webmanifest"] == "application/manifest+json"


def test_nothing_is_published_that_is_not_built(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(publish_web, "BUILT", tmp_path)
    assert publish_web.main(["--stage", "dev"]) == 1
