"""Mails of both protocols end in the mailbox as the console shows them."""

import asyncio
import base64
import json
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from infra.local.home import Home
from infra.local.mailbox import Mailbox
from infra.local.stand_ins import mail as stand_in
from infra.local.stand_ins.framework import Call, Reply, Surroundings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _send(home: Home, path: str, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch, ses: int = 200) -> int:
    made = stand_in.Mail(Surroundings(home, "http://127.0.0.1:1", "http://127.0.0.1:2", {}))
    monkeypatch.setattr(made, "_forward", lambda _call: Reply(ses, b"{}"))
    call = Call("POST", path, {}, {}, json.dumps(document).encode())
    return asyncio.run(made.answer(call)).status


def _raw() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Your prints — ready"
    message["To"] = "Ada <ada@example.com>"
    message.set_content("words")
    message.add_alternative("<p>words</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="receipt.pdf")
    return message


def test_a_raw_mail_of_ses(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {"Raw": {"Data": base64.b64encode(_raw().as_bytes()).decode()}},
    }
    assert _send(home, "/v2/email/outbound-emails", document, monkeypatch) == HTTPStatus.OK
    (mail,) = Mailbox(home.mails).newest_first()
    assert (mail["to"], mail["subject"]) == (["ada@example.com"], "Your prints — ready")
    assert (mail["text"].strip(), mail["html"].strip()) == ("words", "<p>words</p>")
    assert mail["attachments"] == [{"filename": "receipt.pdf", "content_type": "application/pdf", "size_bytes": 4}]
    assert mail["sent_at"].endswith("Z")


def test_a_mail_that_ses_refuses_was_not_sent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"Destination": {"ToAddresses": ["ada@example.com"]}, "Content": {}}
    assert _send(home, "/v2/email/outbound-emails", document, monkeypatch, ses=400) == HTTPStatus.BAD_REQUEST
    assert Mailbox(home.mails).newest_first() == []


def test_a_mail_of_sendgrid(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {
        "personalizations": [{"to": [{"email": "ada@example.com"}, {"email": "bob@example.com"}]}],
        "subject": "Hello",
        "content": [{"type": "text/plain", "value": "words"}, {"type": "text/html", "value": "<p>words</p>"}],
        "attachments": [{"filename": "a.txt", "type": "text/plain", "content": base64.b64encode(b"abc").decode()}],
    }
    assert _send(home, "/v3/mail/send", document, monkeypatch) == HTTPStatus.ACCEPTED
    (mail,) = Mailbox(home.mails).newest_first()
    assert (mail["to"], mail["subject"]) == (["ada@example.com", "bob@example.com"], "Hello")
    assert mail["attachments"][0]["size_bytes"] == 3
