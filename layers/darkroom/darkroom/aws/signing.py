"""Signature Version 4: presigned URLs, signed headers, and the database's IAM token."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
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
    origin, path = _split(url)
    own, region = headers or {}, settings().aws_region
    terms = _Terms(method, origin, service, region, as_whom or credentials(), _timestamp(at), expires, tuple(own))
    return f"{url}?{_presigner(terms).query(path, own.values(), query or {})}"


class _Terms(NamedTuple):
    """All that presigned URLs of one page or one batch have in common."""

    method: str
    origin: str
    service: str
    region: str
    who: Credentials
    timestamp: str
    expires: int
    header_names: tuple[str, ...]


class _Presigner:
    """Signs URLs that differ in path, header values and their own parameters only. What follows from their terms is
    worked out once; for each, only the hashes are left, and joining strings."""

    def __init__(self, terms: _Terms) -> None:
        method, origin, service, region, who, timestamp, expires, header_names = terms
        positions = {name: f"{{{position}}}" for position, name in enumerate(header_names)}
        names, self._headers = _canonical_headers({**positions, "host": _host(origin)})
        scope = _scope(timestamp, region, service)
        parameters = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{who.access_key}/{scope}",
            "X-Amz-Date": timestamp,
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": names,
        }
        if who.token is not None:
            parameters["X-Amz-Security-Token"] = who.token
        self._pairs = _pairs(parameters)
        self._query = "&".join(self._pairs)
        self._sorted_query = "&".join(sorted(self._pairs))
        self._method = method
        self._end = f"{names}\n{_UNSIGNED if service == 's3' else _NOTHING}"
        self._to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n"
        self._key = _signing_key(who.secret_key, timestamp[:8], region, service)

    def query(self, path: str, header_values: Iterable[str], own: Mapping[str, str]) -> str:
        """The query of a signed URL: its own parameters, those of the signature, and the signature."""
        query, sorted_query = self._query, self._sorted_query
        if own:
            pairs = _pairs(own)
            query, sorted_query = "&".join((*pairs, query)), "&".join(sorted((*pairs, *self._pairs)))
        headers = self._headers.format(*(_trimmed(value) for value in header_values))
        canonical = f"{self._method}\n{path}\n{sorted_query}\n{headers}\n{self._end}"
        return f"{query}&X-Amz-Signature={_signature(self._key, self._to_sign, canonical)}"


_presigner = lru_cache(maxsize=32)(_Presigner)


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
    scope, key = _scope(timestamp, region, service), _signing_key(who.secret_key, timestamp[:8], region, service)
    signature = _signature(key, f"{_ALGORITHM}\n{timestamp}\n{scope}\n", canonical)
    credential = f"{who.access_key}/{scope}"
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


def _split(url: str) -> tuple[str, str]:
    """Scheme and host, and the path."""
    at = url.find("/", url.index("://") + 3)
    return (url[:at], url[at:]) if at > 0 else (url, "/")


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """The signed names, and each header on a line of its own."""
    lowered = sorted((name.lower(), _trimmed(value)) for name, value in headers.items())
    names = ";".join(name for name, _ in lowered)
    return names, "".join(f"{name}:{value}\n" for name, value in lowered)


def _signature(key: bytes, to_sign: str, canonical: str) -> str:
    """`to_sign` is what stands before the hash of the canonical request in the text that is signed."""
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.digest(key, (to_sign + hashed).encode(), "sha256").hex()


@lru_cache(maxsize=16)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _pairs(parameters: Mapping[str, str]) -> list[str]:
    return [f"{_quote(name)}={_quote(value)}" for name, value in parameters.items()]


def _trimmed(value: str) -> str:
    return " ".join(value.split())


def _quote(text: str, safe: str = "~") -> str:
    return quote(text, safe=safe)
