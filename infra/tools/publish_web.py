"""Brings the built web app to its bucket and tells CloudFront, after a deployment.

    python -m infra.tools.publish_web --stage dev

Hashed files come first and stay for good, so that a page that is open keeps finding its own; the page that names them
comes last. Earlier versions of it are kept by the bucket for 30 days: restoring one takes a release back.
"""

import argparse
import mimetypes
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.tools.templates import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUILT = ROOT / "web" / "build"
_HASHED = "_app/immutable/"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}


def in_order(built: Path) -> Iterator[tuple[str, Path]]:
    """Keys and files, each after those that it names."""
    files = {file.relative_to(built).as_posix(): file for file in built.rglob("*") if file.is_file()}
    yield from sorted(
        files.items(), key=lambda item: (not item[0].startswith(_HASHED), item[0] == "index.html", item[0])
    )


def publish(s3: "S3Client", bucket: str, built: Path) -> int:
    """How many files were brought."""
    count = 0
    for key, file in in_order(built):
        kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=file.read_bytes(),
            ContentType=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            CacheControl=_FOR_EVER if key.startswith(_HASHED) else _ASK_FIRST,
        )
        count += 1
    return count


def _outputs(stack: str) -> dict[str, str]:
    import boto3

    found: list[Any] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Publish the built web app.")
    parser.add_argument("--stage", required=True, choices=["dev", "prod"])
    stage = parser.parse_args(arguments).stage
    if not (BUILT / "index.html").exists():
        print("the web app is not built: `make run` or `make test` builds it", file=sys.stderr)
        return 1
    import boto3

    outputs = _outputs(f"darkroom-{stage}")
    count = publish(boto3.client("s3"), outputs["WebBucket"], BUILT)
    boto3.client("cloudfront").create_invalidation(
        DistributionId=outputs["DistributionId"],
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(time.time_ns())},
    )
    print(f"  {count} files published: {outputs['WebOrigin']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
