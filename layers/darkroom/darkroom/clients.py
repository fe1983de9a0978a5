"""boto3 clients, for what is off the cold request path: imported late, made once, with timeouts of their own.

Request paths call `darkroom.aws` instead (ADR 0003).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from darkroom.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

_CONNECT_SECONDS = 3
_READ_SECONDS = 20
_ATTEMPTS = 3


@lru_cache(maxsize=1)
def _session() -> Any:
    import boto3

    return boto3.session.Session(region_name=settings().aws_region)


def _client(name: str, *, endpoint: str | None = None, read_seconds: int = _READ_SECONDS, **config: Any) -> Any:
    from botocore.config import Config

    options = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        **config,
    )
    # Without an endpoint boto3 reads AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL (the local stack sets both).
    return _session().client(name, endpoint_url=endpoint, config=options)


@lru_cache(maxsize=1)
def s3() -> "S3Client":
    """S3: in the path of another endpoint, virtual-hosted on AWS."""
    style = "path" if settings().aws_endpoint_url else "virtual"
    client: S3Client = _client("s3", signature_version="s3v4", s3={"addressing_style": style})
    return client


@lru_cache(maxsize=1)
def sqs() -> "SQSClient":
    client: SQSClient = _client("sqs")
    return client


@lru_cache(maxsize=1)
def events() -> "EventBridgeClient":
    client: EventBridgeClient = _client("events")
    return client


@lru_cache(maxsize=1)
def scheduler() -> "EventBridgeSchedulerClient":
    client: EventBridgeSchedulerClient = _client("scheduler")
    return client


@lru_cache(maxsize=1)
def functions() -> Any:
    """Lambda's own API."""
    return _client("lambda")


@lru_cache(maxsize=1)
def ses() -> "SESV2Client":
    client: SESV2Client = _client("sesv2")
    return client


@lru_cache(maxsize=1)
def sns() -> Any:
    """SNS: text messages to phones."""
    return _client("sns")


@lru_cache(maxsize=1)
def websocket_management() -> Any:
    """The management API of the WebSocket stage: sends to and closes connections."""
    return _client("apigatewaymanagementapi", endpoint=settings().websocket_endpoint or None)


@lru_cache(maxsize=1)
def sagemaker_runtime() -> Any:
    """Answers come in well under a second, and who waits for one stands at a door: three tries fit into a request."""
    return _client("sagemaker-runtime", read_seconds=8)


def forget() -> None:
    """Make clients anew at their next use (tests that change the endpoint)."""
    for cached in (_session, s3, sqs, events, scheduler, functions, ses, sns, websocket_management, sagemaker_runtime):
        cached.cache_clear()
