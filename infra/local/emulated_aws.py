"""boto3 clients for the emulator, with credentials that mean nothing anywhere else."""

from functools import lru_cache
from typing import Any

REGION = "us-east-1"
WINDOW = "/_darkroom/"  # where the emulator's process shows what its API does not (emulator_main.py)
INVOKE_URL = "DARKROOM_INVOKE_URL"  # the variable that tells the emulator where functions run
STACK_STARTS = "DARKROOM_STACK_STARTS"  # the one that tells it that it does not come back by itself
CREDENTIALS = {"aws_access_key_id": "darkroom", "aws_secret_access_key": "darkroom"}


@lru_cache(maxsize=32)
def client(service: str, endpoint: str) -> Any:
    """A client that answers soon or not at all: everything here is on this machine."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=30, retries={"max_attempts": 2}, s3={"addressing_style": "path"})
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        config=config,
        aws_access_key_id=CREDENTIALS["aws_access_key_id"],
        aws_secret_access_key=CREDENTIALS["aws_secret_access_key"],
    )


def function_credentials(endpoint: str) -> dict[str, dict[str, str]]:
    """What each deployed function signs with: a session of its own role."""
    import httpx  # slow to import

    answer = httpx.get(endpoint + WINDOW + "credentials", timeout=10, trust_env=False)
    found: dict[str, dict[str, str]] = answer.raise_for_status().json()
    return found


def environment(endpoint: str) -> dict[str, str]:
    """What a function's process needs to reach the emulator."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }
