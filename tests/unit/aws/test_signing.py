"""Signatures: byte for byte what botocore makes of the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.auth
import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from darkroom import aws, clock
from darkroom.aws import signing
from darkroom.settings import settings

SOCKET = "https://abc.execute-api.us-east-1.amazonaws.com/live/@connections/AbC-1%3D"
MOMENT = datetime(2026, 11, 21, 10, 30, 5, tzinfo=UTC)
SECRETS = ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "short", "ümlaut+/=")
TOKENS = (None, "IQoJb3JpZ2luX2VjEA//+/==:with/odd+characters=")
REGIONS = ("us-east-1", "eu-central-1")

keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=80)
relaxed = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(autouse=True)
def same_moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: MOMENT.replace(tzinfo=None))
    clock.use(lambda: MOMENT)
    yield
    clock.use(None)


def become(environment: pytest.MonkeyPatch, secret: str, token: str | None, region: str) -> BotoCredentials:
    environment.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    environment.setenv("AWS_SECRET_ACCESS_KEY", secret)
    environment.setenv("AWS_SESSION_TOKEN", token or "")
    environment.setenv("AWS_REGION", region)
    settings.cache_clear()
    return BotoCredentials("AKIDEXAMPLE", secret, token)


def s3_client(credentials: BotoCredentials, endpoint: str | None) -> Any:
    return boto3.session.Session().client(
        "s3",
        region_name=settings().aws_region,
        endpoint_url=endpoint,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=Config(
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if endpoint else "virtual",
                "us_east_1_regional_endpoint": "regional",  # boto3 still calls the global one from there
            },
            request_checksum_calculation="when_required",
        ),
    )


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:4566", "https://s3.example:8443"])
def test_presigned_urls_are_boto3s(
    environment: pytest.MonkeyPatch, endpoint: str | None, token: str | None, region: str
) -> None:
    """Against boto3's own client: addresses, quoting of keys, order of parameters and all."""
    credentials = become(environment, SECRETS[0], token, region)
    if endpoint:
        environment.setenv("AWS_ENDPOINT_URL", endpoint)
    settings.cache_clear()
    client = s3_client(credentials, endpoint)
    for key in (
        "a.jpg",
        "originals/018f/photo one+two.jpg",
        "ä/日本/📷.heic",
        "a//b/../c/./d",
        "~tilde-_.!*'()$&,:;=@?#[]%25",
        "line\nbreak\ttab",
        "/leading",
        "trailing/",
    ):
        params: dict[str, Any] = {"Bucket": "darkroom-test-uploads", "Key": key}
        theirs = client.generate_presigned_url("get_object", Params=params, ExpiresIn=3600)
        assert aws.presign("GET", key, expires=3600) == theirs
        theirs = client.generate_presigned_url(
            "get_object",
            Params={**params, "ResponseContentDisposition": 'attachment; filename="ä b.jpg"'},
            ExpiresIn=60,
        )
        query = {"response-content-disposition": 'attachment; filename="ä b.jpg"'}
        assert aws.presign("GET", key, expires=60, query=query) == theirs
        theirs = client.generate_presigned_url(
            "put_object",
            Params={**params, "ContentType": "image/jpeg", "ContentLength": 1234, "IfNoneMatch": "*"},
            ExpiresIn=300,
        )
        headers = {"Content-Type": "image/jpeg", "Content-Length": "1234", "If-None-Match": "*"}
        assert aws.presign("PUT", key, expires=300, headers=headers) == theirs


@relaxed
@given(
    key=keys,
    secret=st.sampled_from(SECRETS),
    token=st.sampled_from(TOKENS),
    region=st.sampled_from(REGIONS),
    expires=st.integers(1, 604_800),
    method=st.sampled_from(["GET", "PUT", "HEAD", "DELETE"]),
    query=st.dictionaries(st.sampled_from(["response-content-type", "versionId", "x-id"]), keys, max_size=3),
    headers=st.dictionaries(
        st.sampled_from(["Content-Type", "If-None-Match", "x-amz-meta-a"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30),
        max_size=3,
    ),
)
def test_any_presigned_url_is_botocores(
    environment: pytest.MonkeyPatch,
    key: str,
    secret: str,
    token: str | None,
    region: str,
    expires: int,
    method: str,
    query: dict[str, str],
    headers: dict[str, str],
) -> None:
    credentials = become(environment, secret, token, region)
    url = signing.object_url("darkroom-test-uploads", key)
    request = AWSRequest(method=method, url=url, headers=headers, params=query)
    S3SigV4QueryAuth(credentials, "s3", region, expires=expires).add_auth(request)
    assert aws.presign(method, key, expires=expires, headers=headers, query=query) == request.url


@relaxed
@given(
    body=st.binary(max_size=200),
    secret=st.sampled_from(SECRETS),
    token=st.sampled_from(TOKENS),
    region=st.sampled_from(REGIONS),
    service=st.sampled_from(["sqs", "events", "secretsmanager"]),
    target=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
    url=st.sampled_from(
        ["https://sqs.us-east-1.amazonaws.com/", "http://127.0.0.1:4566/", "http://[::1]:4566/", SOCKET]
    ),
)
def test_any_signed_call_is_botocores(
    environment: pytest.MonkeyPatch,
    body: bytes,
    secret: str,
    token: str | None,
    region: str,
    service: str,
    target: str,
    url: str,
) -> None:
    credentials = become(environment, secret, token, region)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    request = AWSRequest(method="POST", url=url, headers=headers, data=body)
    SigV4Auth(credentials, service, region).add_auth(request)
    assert aws.sign("POST", url, service, headers, body) == dict(request.headers)


@pytest.mark.parametrize("token", TOKENS)
def test_the_databases_token_is_boto3s(environment: pytest.MonkeyPatch, token: str | None) -> None:
    credentials = become(environment, SECRETS[0], token, "eu-central-1")
    client = boto3.session.Session().client(
        "rds",
        region_name="eu-central-1",
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
    )
    host = "proxy.example.eu-central-1.rds.amazonaws.com"
    theirs = client.generate_db_auth_token(host, 5432, "darkroom_app", "eu-central-1")
    assert aws.database_token(host, 5432, "darkroom_app") == theirs


def test_a_signature_may_be_made_for_another_moment() -> None:
    """So that a URL stays the same for some minutes."""
    earlier = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    url = aws.presign("GET", "a.jpg", expires=3600, at=earlier)
    assert parse_qs(urlsplit(url).query)["X-Amz-Date"] == ["20261121T100000Z"]
    assert url == aws.presign("GET", "a.jpg", expires=3600, at=earlier)


def test_a_batch_is_botocores_url_by_url(environment: pytest.MonkeyPatch) -> None:
    """What URLs share is kept between them: whose, when, how long and for which headers must never be mixed up."""
    keys = [f"uploads/me/{number} ä.jpg" for number in range(3)]
    for round_number in range(2):
        for secret in SECRETS:
            for token in TOKENS:
                credentials = become(environment, secret, token, REGIONS[round_number])
                for number, key in enumerate(keys):
                    for headers in (
                        {},
                        {"Content-Type": "image/jpeg", "Content-Length": str(number)},
                        {"Content-Length": str(number), "Content-Type": "{0} image/webp"},
                    ):
                        for query in ({}, {"response-content-disposition": f"attachment; {number}"}):
                            url = signing.object_url("darkroom-test-uploads", key)
                            request = AWSRequest(method="PUT", url=url, headers=headers, params=query)
                            S3SigV4QueryAuth(credentials, "s3", REGIONS[round_number], 300).add_auth(request)
                            ours = aws.presign("PUT", key, expires=300, headers=headers, query=query)
                            assert ours == request.url


@relaxed
@given(
    moments=st.lists(st.datetimes(MOMENT.replace(tzinfo=None)), min_size=2, max_size=5), token=st.sampled_from(TOKENS)
)
def test_each_moment_has_its_own_signature(
    environment: pytest.MonkeyPatch, moments: list[datetime], token: str | None
) -> None:
    credentials = become(environment, SECRETS[0], token, REGIONS[0])
    for moment in [*moments, *moments]:
        environment.setattr(botocore.auth, "get_current_datetime", lambda *_, at=moment, **__: at)
        request = AWSRequest(method="GET", url=signing.object_url("darkroom-test-uploads", "a.jpg"))
        S3SigV4QueryAuth(credentials, "s3", REGIONS[0], 300).add_auth(request)
        assert aws.presign("GET", "a.jpg", expires=300, at=moment.replace(tzinfo=UTC)) == request.url
