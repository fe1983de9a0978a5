"""The face service of the running stack: it starts when it is asked, and fails when it is told to."""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.factories import faces as real

ENDPOINT = "darkroom-local-faces"


@pytest.fixture
def console(stack: Mapping[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack["console"], timeout=30) as client:
        yield client
        client.post("/stand-ins/faces/faults", json={"next": []})


@pytest.fixture
def runtime(stack: Mapping[str, Any]) -> Any:
    """SageMaker's runtime as functions reach it."""
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=f"{stack['console']}/services/faces",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(read_timeout=60, retries={"total_max_attempts": 1}),
    )


@real.needs_networks
def test_a_face_is_found_by_the_containers_own_process(runtime: Any, console: httpx.Client) -> None:
    answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="image/jpeg", Body=real.photo("obama.jpg"))
    assert answer["Body"].read().startswith(b'{"faces":[{"box":[')
    seen = console.get("/stand-ins/faces").json()
    assert seen["running"] is True
    assert seen["calls"][-1]["status"] == 200


def test_it_fails_when_it_is_told_to(runtime: Any, console: httpx.Client) -> None:
    assert console.post("/stand-ins/faces/faults", json={"next": ["500"]}).is_success
    with pytest.raises(ClientError) as failed:
        runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"photo")
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
