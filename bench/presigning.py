"""Presigned URLs: how many a second, and how long the route takes that makes 500 of them.

The peer is boto3's own client, making the same URL for the same key, type and length. The route is called as Lambda
calls it, with its body read, its caller checked and its answer written; beside it stands how much of that is signing.

    make bench ARGS=presigning
"""

import os
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.config import Config

from bench import measure
from bench.platform import Platform, event
from darkroom import ids, storage
from darkroom.settings import settings

URLS, FILES, RUNS = 500, 500, 21
# As a function has them: a role's credentials come with a token, and the token is signed as well.
TOKEN = "IQoJb3JpZ2luX2VjEA//+/==" * 40
BUDGET = 5.0
"""How many times as many as boto3, at least."""

Each = Callable[[str], object]


def run(platform: Platform) -> bool:
    """Measure both; whether boto3 was left behind."""
    os.environ["AWS_SESSION_TOKEN"] = TOKEN
    settings.cache_clear()
    try:
        ratio = _urls()
        _route(platform)
    finally:
        del os.environ["AWS_SESSION_TOKEN"]
        settings.cache_clear()
    return ratio >= BUDGET


def _urls() -> float:
    keys = [storage.new_key("uploads", ids.new_id(), "image/jpeg") for _ in range(URLS)]
    bucket, sign = settings().uploads_bucket, _boto3().generate_presigned_url

    def write(key: str) -> None:
        params = {"Bucket": bucket, "Key": key, "ContentType": "image/jpeg", "ContentLength": 1234, "IfNoneMatch": "*"}
        sign("put_object", Params=params, ExpiresIn=storage.UPLOAD_SECONDS)

    def read(key: str) -> None:
        sign("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=storage.READ_SECONDS)

    rows = [["presigned", "URLs/s", "boto3 alone", "times as many"]]
    ratios = []
    sides: tuple[tuple[str, Each, Each], ...] = (
        ("to upload", lambda key: storage.upload_url(key, "image/jpeg", 1234), write),
        ("to read", storage.read_url, read),
    )
    for name, ours, theirs in sides:
        pairing = measure.in_turn(_for_each(ours, keys), _for_each(theirs, keys), RUNS)
        ratios.append(1 / pairing.ratio)
        rates = (f"{URLS / side.median:,.0f}" for side in (pairing.thing, pairing.peer))
        rows.append([name, *rates, f"{ratios[-1]:.1f}"])
    print(measure.table(rows))
    return min(ratios)


def _for_each(work: Each, keys: Sequence[str]) -> Callable[[], None]:
    def all_of_them() -> None:
        for key in keys:
            work(key)

    return all_of_them


def _route(platform: Platform) -> None:
    from galleries.api import handler

    token = platform.sign_in().token
    files = [
        {"filename": f"IMG_{number:04}.jpg", "content_type": "image/jpeg", "size_bytes": 4_000_000 + number}
        for number in range(FILES)
    ]
    request = event("POST", "/api/v1/uploads/generate-urls", token=token, body={"files": files})
    answer: dict[str, Any] = handler(request, None)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"the route answered {answer}")

    def signing_alone() -> None:
        for number in range(FILES):
            storage.upload_url(f"uploads/me/{number}", "image/jpeg", 4_000_000 + number)

    pairing = measure.in_turn(lambda: handler(request, None), signing_alone, RUNS)
    shares = [peer / thing for thing, peer in zip(pairing.thing.seconds, pairing.peer.seconds, strict=True)]
    print(
        f"\nPOST /uploads/generate-urls with {FILES} files: {pairing.thing.median * 1000:.1f} ms"
        f" ({pairing.thing.spread}), of which signing {statistics.median(shares):.0%}"
    )


def _boto3() -> Any:
    current = settings()
    return boto3.session.Session().client(
        "s3",
        region_name=current.aws_region,
        aws_access_key_id=current.aws_access_key_id,
        aws_secret_access_key=current.aws_secret_access_key,
        aws_session_token=current.aws_session_token,
        config=Config(signature_version="s3v4", request_checksum_calculation="when_required"),
    )
