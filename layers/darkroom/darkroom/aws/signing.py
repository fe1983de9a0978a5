"""Signature Version 4: presigned URLs, signed headers, and the database's IAM token."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

from darkroom import clock
from darkroom.aws.identity import Credentials, credentials
from darkroom.settings import settings

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_NOTHING = hashlib.sha256(b"").hexdigest()
_DEFAULT_PORTS = {"http": 80, "https": 443}


def presign(
    method: str,
    key: str,
    *,
    expires: int,
    bucket: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> str:
    """A URL that lets its bearer do `method` on one object of S3 until `expires` seconds after `at`.

    `headers` must be sent exactly as they are signed; `query` are the operation's parameters
    (`response-content-disposition`). The same arguments give the same URL.
    """
    url = object_url(bucket or settings().uploads_bucket, key)
    return presign_url(method, url, "s3", expires=expires, headers=headers, query=query, at=at)


def object_url(bucket: str, key: str) -> str:
    """Where an object lies: virtual-hosted on AWS, in the path of another endpoint."""
    current, path = settings(), _quote(key, "/~")
    if current.aws_endpoint_url:
        return f"{current.aws_endpoint_url.rstrip('/')}/{bucket}/{path}"
    return f"https://{bucket}.s3.{current.aws_region}.amazonaws.com/{path}"


def presign_url(
    method: str,
    url: str,
    service: str,
    *,
    expires: int,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    at: datetime | None = None,
    as_whom: Credentials | None = None,
) -> str:
    """`url` (without a query) with `query` and a signature."""
    who, timestamp, region = as_whom or credentials(), _timestamp(at), settings().aws_region
    parts = urlsplit(url)
    names, canonical_headers = _canonical_headers({**(headers or {}), "host": _host(url)})
    parameters = {
        **(query or {}),
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{who.access_key}/{_scope(timestamp, region, service)}",
        "X-Amz-Date": timestamp,
        "X-Amz-Expires": str(expires),
        "X-Amz-SignedHeaders": names,
    }
    if who.token is not None:
        parameters["X-Amz-Security-Token"] = who.token
    pairs = [f"{_quote(name)}={_quote(value)}" for name, value in parameters.items()]
    payload = _UNSIGNED if service == "s3" else _NOTHING
    canonical = "\n".join((method, parts.path or "/", "&".join(sorted(pairs)), canonical_headers, names, payload))
    signature = _signature(who, timestamp, region, service, canonical)
    return f"{url}?{'&'.join(pairs)}&X-Amz-Signature={signature}"


def sign(
    method: str,
    url: str,
    service: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    at: datetime | None = None,
    as_whom: Credentials | None = None,
) -> dict[str, str]:
    """`headers` with those that sign them and `body`. `url` has no query, and its path is encoded as it is sent: every
    service but S3 signs it encoded once more (a connection's id ends in `%3D`)."""
    who, timestamp, region = as_whom or credentials(), _timestamp(at), settings().aws_region
    signed = {**headers, "X-Amz-Date": timestamp}
    if who.token is not None:
        signed["X-Amz-Security-Token"] = who.token
    names, canonical_headers = _canonical_headers({**signed, "host": _host(url)})
    payload = hashlib.sha256(body).hexdigest()
    path = _quote(urlsplit(url).path or "/", "/~")
    canonical = f"{method}\n{path}\n\n{canonical_headers}\n{names}\n{payload}"
    signature = _signature(who, timestamp, region, service, canonical)
    credential = f"{who.access_key}/{_scope(timestamp, region, service)}"
    signed["Authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return signed


def database_token(host: str, port: int, user: str) -> str:
    """The password of IAM authentication: good for connecting during 15 minutes."""
    query = {"Action": "connect", "DBUser": user}
    return presign_url("GET", f"https://{host}:{port}/", "rds-db", expires=900, query=query).removeprefix("https://")


def _timestamp(at: datetime | None) -> str:
    return (at or clock.now()).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _scope(timestamp: str, region: str, service: str) -> str:
    return f"{timestamp[:8]}/{region}/{service}/aws4_request"


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """The signed names, and each header on a line of its own."""
    lowered = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in lowered)
    return names, "".join(f"{name}:{value}\n" for name, value in lowered)


def _signature(who: Credentials, timestamp: str, region: str, service: str, canonical: str) -> str:
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((_ALGORITHM, timestamp, _scope(timestamp, region, service), hashed))
    key = _signing_key(who.secret_key, timestamp[:8], region, service)
    return hmac.digest(key, text.encode(), "sha256").hex()


@lru_cache(maxsize=16)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _quote(text: str, safe: str = "~") -> str:
    return quote(text, safe=safe)
