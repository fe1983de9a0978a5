"""A person of the running stack, over HTTP and over a WebSocket."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
from websockets.sync.client import connect

from tests.e2e.test_realtime import Page

_PATIENCE_SECONDS = 60


class Photographer:
    """Somebody who is signed in and has photos."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.client = httpx.Client(base_url=stack["api"], timeout=_PATIENCE_SECONDS, trust_env=False)
        credentials = {"email": f"{uuid4()}@example.com", "password": "correct horse battery"}
        self.id: str = self.ok(self.client.post("/auth/register", json={**credentials, "name": "Ada"}))["id"]
        tokens = self.client.post(
            "/auth/login", json={"username": credentials["email"], "password": credentials["password"]}
        )
        self.client.headers["Authorization"] = f"Bearer {self.ok(tokens)['access_token']}"

    @staticmethod
    def ok(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()

    def bring(self, *photos: bytes, content_type: str = "image/jpeg") -> list[str]:
        """Through the addresses that the API signs, as a browser does."""
        files = [
            {"filename": f"IMG_{number}.jpg", "content_type": content_type, "size_bytes": len(photo)}
            for number, photo in enumerate(photos)
        ]
        uploads = self.ok(self.client.post("/uploads/generate-urls", json={"files": files}))["uploads"]
        for upload, photo in zip(uploads, photos, strict=True):
            put = httpx.put(upload["url"], content=photo, headers=upload["headers"], timeout=60, trust_env=False)
            assert put.status_code == 200, put.text
        return [upload["storage_key"] for upload in uploads]

    def process(self, keys: Sequence[str], **wish: Any) -> str:
        started = self.client.post("/galleries/process", json={"image_keys": keys, **wish})
        assert started.status_code == 202, started.text
        job_id: str = started.json()["job_id"]
        return job_id

    def finished(self, job_id: str) -> dict[str, Any]:
        """The job's document once it is over."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            document: dict[str, Any] = self.ok(self.client.get(f"/jobs/{job_id}/status"))
            if document["status"] in ("completed", "failed"):
                return document
            assert time.monotonic() < deadline, document
            time.sleep(0.1)

    def albums(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ok(self.client.get("/galleries/me"))["items"]
        return items

    @contextmanager
    def page(self) -> Iterator[Page]:
        ticket = self.ok(self.client.post("/realtime/tickets"))["ticket"]
        with connect(f"{self.stack['websocket']}?ticket={ticket}", proxy=None) as socket:
            yield Page(socket)
