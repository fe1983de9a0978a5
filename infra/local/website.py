"""The web app as CloudFront serves it: hashed files for ever, the shell for every address the app knows, compressed."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from infra.local import asgi

_IMMUTABLE = "/_app/immutable/"
_COMPRESSIBLE = ("text/", "application/json", "application/javascript", "application/manifest+json", "image/svg+xml")
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".mjs": "text/javascript"}
_NOT_BUILT = (
    b"<!doctype html><title>Darkroom</title><p>The web app is not built. "
    b"Stop the stack and run <code>make run</code>: it builds it."
)


@dataclass(frozen=True)
class _File:
    body: bytes
    gzipped: bytes | None
    content_type: str
    tag: str


class Website:
    """Serves one folder, at one origin: storage takes photos from that origin's pages alone."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder.resolve()
        self._origin = origin

    async def __call__(self, scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await asgi.respond(
                send, *asgi.problem(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are for this address.")
            )
            return
        path: str = scope["path"]
        if asgi.header(scope, "host").partition(":")[0] == "localhost":  # people type it; it is another origin
            query = scope.get("query_string", b"").decode("latin-1")
            target = self._origin + quote(path, safe="/!$&'()*+,;=:@~") + (f"?{query}" if query else "")
            await asgi.respond(send, HTTPStatus.TEMPORARY_REDIRECT, [("location", target)], b"")
            return
        found = self._find(path)
        if found is None and path.startswith(_IMMUTABLE):  # of an older build: the shell would be taken for a script
            await asgi.respond(send, *asgi.problem(HTTPStatus.NOT_FOUND, "There is no such file."))
            return
        found = found or self._find("/index.html")
        if found is None:
            await asgi.respond(send, HTTPStatus.OK, [("content-type", "text/html; charset=utf-8")], _NOT_BUILT)
            return
        file = _load(found, found.stat().st_mtime_ns)
        immutable = path.startswith(_IMMUTABLE)
        headers = [
            ("content-type", file.content_type),
            ("cache-control", "public, max-age=31536000, immutable" if immutable else "no-cache"),
            ("etag", file.tag),
            ("vary", "accept-encoding"),
            ("x-content-type-options", "nosniff"),
        ]
        if file.tag in asgi.header(scope, "if-none-match"):
            await asgi.respond(send, HTTPStatus.NOT_MODIFIED, headers, b"")
            return
        body = file.body
        if file.gzipped is not None and "gzip" in asgi.header(scope, "accept-encoding"):
            body = file.gzipped
            headers.append(("content-encoding", "gzip"))
        await asgi.respond(send, HTTPStatus.OK, headers, body, head_only=scope["method"] == "HEAD")

    def _find(self, path: str) -> Path | None:
        """The file at this address: itself, with .html, or a folder's index; never outside the folder."""
        base = self._folder / path.lstrip("/")
        for candidate in (base, base.with_name(base.name + ".html"), base / "index.html"):
            resolved = candidate.resolve()
            if resolved.is_relative_to(self._folder) and resolved.is_file():
                return resolved
        return None


@lru_cache(maxsize=512)
def _load(path: Path, _changed: int) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressible = kind.startswith(_COMPRESSIBLE)
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    return _File(body, gzip.compress(body, 6) if compressible else None, kind, tag)
