"""The mail service: SES by way of the emulator, and SendGrid's v3 API. Every mail is kept for the console.

Functions reach it as SES through AWS_ENDPOINT_URL_SESV2. A mail sent as SES goes on to the emulator, so that what SES
checks is checked; what was sent is kept in a journal in the home, attachments by name and size.
"""

import asyncio
import base64
import json
import re
import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from http import HTTPStatus
from typing import Any

from infra.local import emulated_aws
from infra.local.mailbox import Mailbox
from infra.local.stand_ins.framework import Call, Reply, StandIn, Surroundings, json_reply

_SES_SEND = "/v2/email/outbound-emails"
_SENDGRID_SEND = "/v3/mail/send"
_SIGNER = re.compile(r"Credential=([^/]+)/")
_SIGNED_ANEW = frozenset({"host", "content-length", "authorization", "x-amz-date", "x-amz-security-token"})


def stand_in(surroundings: Surroundings) -> StandIn:
    return Mail(surroundings)


class Mail(StandIn):
    """Two protocols, one mailbox."""

    service = "mail"

    def __init__(self, surroundings: Surroundings) -> None:
        self._emulator = surroundings.emulator
        self._mailbox = Mailbox(surroundings.home.mails)

    async def answer(self, call: Call) -> Reply:
        if call.method == "POST" and call.path == _SENDGRID_SEND:
            self._mailbox.add(_from_sendgrid(call.json()))
            return Reply(HTTPStatus.ACCEPTED, headers=(("x-message-id", uuid.uuid4().hex),))
        reply = await asyncio.to_thread(self._forward, call)
        if call.method == "POST" and call.path == _SES_SEND and reply.status == HTTPStatus.OK:
            self._mailbox.add(_from_ses(call.json()))
        return reply

    def _forward(self, call: Call) -> Reply:
        import httpx

        kept = {name: value for name, value in call.headers.items() if name not in _SIGNED_ANEW}
        headers = self._signed(call, kept)
        try:
            answer = httpx.request(
                call.method, self._emulator + call.path, content=call.body, headers=headers, timeout=20, trust_env=False
            )
        except httpx.HTTPError as failure:
            return json_reply({"message": f"the emulator did not answer: {failure}"}, HTTPStatus.BAD_GATEWAY)
        kind = answer.headers.get("content-type", "application/json")
        extra = tuple((n, v) for n, v in answer.headers.items() if n.startswith("x-amzn"))
        return Reply(answer.status_code, answer.content, kind, extra)

    def _signed(self, call: Call, headers: dict[str, str]) -> dict[str, str]:
        """Signed for the emulator's address by the one who signed it for ours, so that it stays their call."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        signer = _SIGNER.search(call.headers.get("authorization", ""))
        own = emulated_aws.function_credentials(self._emulator).values()
        found = next((keys for keys in own if signer and keys["AWS_ACCESS_KEY_ID"] == signer[1]), None)
        if found is None:
            return headers | {"authorization": call.headers.get("authorization", "")}
        keys = Credentials(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"])
        request = AWSRequest(call.method, self._emulator + call.path, headers, call.body)
        SigV4Auth(keys, "ses", emulated_aws.REGION).add_auth(request)
        return dict(request.headers.items())


def _from_ses(document: dict[str, Any]) -> dict[str, Any]:
    destination = document.get("Destination") or {}
    to = [
        address for field in ("ToAddresses", "CcAddresses", "BccAddresses") for address in destination.get(field) or []
    ]
    content = document.get("Content") or {}
    if raw := (content.get("Raw") or {}).get("Data"):
        return _from_mime(base64.b64decode(raw), to)
    simple = content.get("Simple") or {}
    body = simple.get("Body") or {}
    return {
        "to": to,
        "subject": (simple.get("Subject") or {}).get("Data", ""),
        "text": (body.get("Text") or {}).get("Data", ""),
        "html": (body.get("Html") or {}).get("Data", ""),
        "attachments": [],
    }


def _from_mime(raw: bytes, to: list[str]) -> dict[str, Any]:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    named = [str(message.get(field, "")) for field in ("to", "cc", "bcc")]
    return {
        "to": to or [address for _, address in getaddresses(named) if address],
        "subject": str(message.get("subject", "")),
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
        "attachments": [
            _attachment(part.get_filename() or "", part.get_content_type(), part.get_payload(decode=True) or b"")
            for part in message.iter_attachments()
        ],
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _from_sendgrid(document: dict[str, Any]) -> dict[str, Any]:
    content = {part["type"]: part["value"] for part in document.get("content", [])}
    people = document.get("personalizations", [])
    return {
        "to": [person["email"] for group in people for person in group.get("to", [])],
        "subject": document.get("subject") or next((group["subject"] for group in people if "subject" in group), ""),
        "text": content.get("text/plain", ""),
        "html": content.get("text/html", ""),
        "attachments": [
            _attachment(file.get("filename", ""), file.get("type", ""), base64.b64decode(file.get("content", "")))
            for file in document.get("attachments", [])
        ],
    }


def _attachment(filename: str, content_type: str, content: object) -> dict[str, Any]:
    size = len(content) if isinstance(content, bytes) else len(json.dumps(content))
    return {"filename": filename, "content_type": content_type, "size_bytes": size}
