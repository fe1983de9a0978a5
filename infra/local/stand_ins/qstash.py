"""QStash: takes what its SDK publishes and delivers it signed, with delays, retries, deduplication and callbacks.

The signature is the one `qstash.Receiver` verifies. Retries wait 1, 2, 4 ... seconds, not QStash's 12 and more: a
developer looks on. `Retry-After` is honoured, and 489 with Upstash-NonRetryable-Error ends the attempts, as there.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import jwt

from infra.local.qstash_store import Message, Store
from infra.local.stand_ins.framework import Call, Reply, StandIn, Surroundings, json_reply

_RETRIES = 3
_BACKOFF_MAX_SECONDS = 60
_AT_ONCE = 8
_SIGNATURE_SECONDS = 300
_NOT_RETRYABLE = 489
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORWARD = "upstash-forward-"
_PUBLISH = re.compile(r"/v2/(?:publish|enqueue/[^/]+)/(?P<url>https?:.+)")
_MESSAGE = re.compile(r"/v2/messages/(?P<id>[\w-]+)")
_DEAD = re.compile(r"/v2/dlq/retry/(?P<id>[\w-]+)")


def stand_in(surroundings: Surroundings) -> StandIn:
    return QStash(surroundings)


class QStash(StandIn):
    """The part of QStash's API that the platform and its SDK use."""

    service = "qstash"

    def __init__(self, surroundings: Surroundings) -> None:
        self._keys = surroundings.keys
        self._store = Store(surroundings.home.root / "qstash.sqlite")
        self._wake = asyncio.Event()
        self._busy: set[str] = set()

    def close(self) -> None:
        self._store.close()

    def status(self) -> dict[str, Any]:
        return {"messages": self._store.newest(100)}

    async def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self._keys['qstash_token']}":
            return json_reply({"error": "invalid token"}, HTTPStatus.UNAUTHORIZED)
        if call.method == "POST" and (found := _PUBLISH.fullmatch(call.path)):
            return self._publish(unquote(found["url"]), call.headers, call.body)
        if call.method == "POST" and call.path == "/v2/batch":
            return self._batch(call.json())
        if found := _MESSAGE.fullmatch(call.path):
            return self._message(call.method, found["id"])
        return self._operate(call)

    def _operate(self, call: Call) -> Reply:
        if call.method == "POST" and (found := _DEAD.fullmatch(call.path)):
            revived = self._store.revive(found["id"])
            self._wake.set()
            return json_reply({}, HTTPStatus.OK if revived else HTTPStatus.NOT_FOUND)
        if call.method == "GET" and call.path == "/v2/keys":
            return json_reply(
                {"current": self._keys["qstash_current_signing_key"], "next": self._keys["qstash_next_signing_key"]}
            )
        return json_reply({"error": "not found"}, HTTPStatus.NOT_FOUND)

    def _publish(self, url: str, headers: Any, body: bytes) -> Reply:
        try:
            return json_reply(self._accept(url, {name.lower(): value for name, value in headers.items()}, body))
        except ValueError as failure:
            return json_reply({"error": str(failure)}, HTTPStatus.BAD_REQUEST)

    def _batch(self, messages: list[dict[str, Any]]) -> Reply:
        answers = []
        for message in messages:
            headers = {name.lower(): value for name, value in message.get("headers", {}).items()}
            answers.append(self._accept(message["destination"], headers, str(message.get("body") or "").encode()))
        return json_reply(answers)

    def _message(self, method: str, message_id: str) -> Reply:
        if method == "DELETE":
            cancelled = self._store.cancel(message_id)
            return Reply(HTTPStatus.ACCEPTED if cancelled else HTTPStatus.NOT_FOUND)
        message = self._store.find(message_id)
        if message is None:
            return json_reply({"error": "not found"}, HTTPStatus.NOT_FOUND)
        document = {"messageId": message.id, "url": message.url, "method": message.method, "body": message.body}
        return json_reply({**document, "maxRetries": message.retries, "createdAt": int(message.created_at * 1000)})

    def _accept(self, url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        forwarded = {name[len(_FORWARD) :]: value for name, value in headers.items() if name.startswith(_FORWARD)}
        if "content-type" in headers:
            forwarded.setdefault("content-type", headers["content-type"])
        message = Message(
            id="msg_" + secrets.token_hex(16),
            url=url,
            method=headers.get("upstash-method", "POST").upper(),
            headers=forwarded,
            body=base64.b64encode(body).decode(),
            retries=int(headers.get("upstash-retries", _RETRIES)),
            callback=headers.get("upstash-callback"),
            failure_callback=headers.get("upstash-failure-callback"),
            timeout_seconds=_seconds(headers.get("upstash-timeout", "30s")),
        )
        due = time.time() + _seconds(headers.get("upstash-delay", "0s"))
        if "upstash-not-before" in headers:
            due = float(headers["upstash-not-before"])
        deduplication = headers.get("upstash-deduplication-id")
        if headers.get("upstash-content-based-deduplication", "").lower() == "true":
            deduplication = hashlib.sha256(url.encode() + body).hexdigest()
        earlier = self._store.add(message, due, deduplication)
        self._wake.set()
        if earlier is not None:
            return {"messageId": earlier, "url": url, "deduplicated": True}
        return {"messageId": message.id, "url": url}

    async def run(self) -> None:
        import httpx

        async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                for message in self._store.due(time.time(), _AT_ONCE - len(self._busy), self._busy):
                    self._busy.add(message.id)
                    tasks.create_task(self._deliver(client, message))
                following = self._store.next_due(self._busy)
                full = len(self._busy) >= _AT_ONCE  # then a delivery's end wakes us
                waiting = None if following is None or full else max(0.01, following - time.time())
                try:
                    await asyncio.wait_for(self._wake.wait(), waiting)
                except TimeoutError:
                    continue

    async def _deliver(self, client: Any, message: Message) -> None:
        try:
            await self._attempt(client, message)
        except Exception as failure:  # noqa: BLE001 - one message must not end the others' deliveries
            self._store.dead(message, repr(failure))
        finally:
            self._busy.discard(message.id)
            self._wake.set()

    async def _attempt(self, client: Any, message: Message) -> None:
        status, headers, body = await self._send(client, message)
        message.attempts += 1
        last = f"{status}" if status else "no answer"
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            self._store.delivered(message, last)
            self._call_back(message.callback, message, status, headers, body)
            return
        final = status == _NOT_RETRYABLE and headers.get("upstash-nonretryable-error") == "true"
        if not final and message.attempts <= message.retries:
            backoff = min(_BACKOFF_MAX_SECONDS, 2 ** (message.attempts - 1))
            wait = float(headers["retry-after"]) if headers.get("retry-after", "").isdigit() else backoff
            self._store.retry(message, time.time() + wait, last)
            return
        self._store.dead(message, last)
        self._call_back(message.failure_callback, message, status, headers, body)

    async def _send(self, client: Any, message: Message) -> tuple[int, dict[str, str], bytes]:
        import httpx

        body = base64.b64decode(message.body)
        headers = {
            **message.headers,
            "user-agent": "Upstash-QStash",
            "upstash-message-id": message.id,
            "upstash-retried": str(message.attempts),
            "upstash-signature": self._sign(message.url, body),
        }
        try:
            answer = await client.request(
                message.method, message.url, content=body, headers=headers, timeout=message.timeout_seconds
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0, {}, b""
        return answer.status_code, dict(answer.headers), answer.content

    def _sign(self, url: str, body: bytes) -> str:
        now = int(time.time())
        claims = {
            "iss": "Upstash",
            "sub": url,
            "exp": now + _SIGNATURE_SECONDS,
            "nbf": now - 1,
            "iat": now,
            "jti": "jwt_" + secrets.token_hex(12),
            "body": base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode(),
        }
        return jwt.encode(claims, self._keys["qstash_current_signing_key"], algorithm="HS256")

    def _call_back(self, url: str | None, message: Message, status: int, headers: dict[str, str], body: bytes) -> None:
        """Tell the callback how it ended, as a message of its own."""
        if not url:
            return
        document = {
            "status": status,
            "header": {name: [value] for name, value in headers.items()},
            "body": base64.b64encode(body).decode(),
            "retried": message.attempts - 1,
            "maxRetries": message.retries,
            "sourceMessageId": message.id,
            "url": message.url,
            "method": message.method,
            "sourceHeader": {name: [value] for name, value in message.headers.items()},
            "sourceBody": message.body,
            "createdAt": int(message.created_at * 1000),
        }
        if url == message.failure_callback:
            document["dlqId"] = message.id
        self._accept(url, {"content-type": "application/json"}, json.dumps(document).encode())


def _seconds(text: str) -> float:
    """QStash's durations: 10s, 5m, 1h30m."""
    parts = re.findall(r"(\d+)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"invalid duration {text!r}")
    return float(sum(int(number) * _UNITS[unit] for number, unit in parts))
