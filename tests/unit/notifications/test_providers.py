"""SES and SendGrid by their own protocols: what is sent, and which answers pass and which do not."""

import base64
import json
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from darkroom import clients, ids
from darkroom.settings import settings
from notifications import providers
from notifications.mime import Envelope, File
from notifications.providers import NotSent, Refused, SendGrid, Ses
from tests.fakes.mail_provider import Fault, MailProvider, sendgrid_refuses, ses_refuses

MAIL = Envelope(
    ids.new_id(),
    "Darkroom <no-reply@darkroom.test>",
    "ada@example.test",
    "Grüße",
    "Hello.",
    "<p>Hello.</p>",
    (File("photo.jpg", "image/jpeg", b"\xff\xd8\xff"),),
)


@pytest.fixture
def provider(environment: pytest.MonkeyPatch) -> Iterator[MailProvider]:
    with MailProvider().serving() as fake:
        environment.setenv("AWS_ENDPOINT_URL", fake.url)
        environment.setattr(clients, "_ATTEMPTS", 1)
        settings.cache_clear()
        clients.forget()
        yield fake
        clients.ses().close()
        clients.forget()


@pytest.fixture
def sendgrid(provider: MailProvider) -> SendGrid:
    return SendGrid("SG.key", provider.url)


def test_ses_gets_the_whole_mail(provider: MailProvider, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MAIL_CONFIGURATION_SET", "darkroom-test")
    settings.cache_clear()
    assert Ses().send(MAIL) == "0100019a-1"
    (request,) = provider.taken
    assert request["FromEmailAddress"] == MAIL.sender
    assert request["Destination"] == {"ToAddresses": ["ada@example.test"]}
    assert request["ConfigurationSetName"] == "darkroom-test"
    assert request["EmailTags"] == [{"Name": "email_id", "Value": str(MAIL.email_id)}]
    message = message_from_bytes(base64.b64decode(request["Content"]["Raw"]["Data"]), policy=policy.default)
    assert message["Subject"] == "Grüße"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/jpeg",
    ]


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException"])
def test_ses_says_never(provider: MailProvider, code: str) -> None:
    provider.faults = [ses_refuses(code)]
    with pytest.raises(Refused, match=f"SES: {code}"):
        Ses().send(MAIL)


@pytest.mark.parametrize(
    "fault",
    [
        ses_refuses("TooManyRequestsException", 429),
        ses_refuses("LimitExceededException"),
        ses_refuses("SendingPausedException"),
        ses_refuses("AccountSuspendedException"),
        Fault(500),
        Fault(503, b"<html>Service Unavailable</html>"),
        Fault(200, b"not json at all"),
        Fault(200, b"\x00\xff\xfe nor text"),
        Fault(200, b"{}"),
        Fault(200, b""),
        Fault(0),
    ],
)
def test_ses_says_not_now(provider: MailProvider, fault: Fault) -> None:
    provider.faults = [fault]
    with pytest.raises(NotSent, match="SES"):
        Ses().send(MAIL)


def test_sendgrid_gets_the_whole_mail(provider: MailProvider, sendgrid: SendGrid) -> None:
    assert sendgrid.send(MAIL) == "sendgrid-1"
    assert provider.authorizations == ["Bearer SG.key"]
    (document,) = provider.taken
    assert document["personalizations"] == [
        {"to": [{"email": "ada@example.test"}], "custom_args": {"email_id": str(MAIL.email_id)}}
    ]
    assert document["from"] == {"email": "no-reply@darkroom.test", "name": "Darkroom"}
    assert document["subject"] == "Grüße"
    assert [part["type"] for part in document["content"]] == ["text/plain", "text/html"]
    assert document["attachments"] == [
        {"content": "/9j/", "type": "image/jpeg", "filename": "photo.jpg", "disposition": "attachment"}
    ]
    assert document["tracking_settings"]["click_tracking"] == {"enable": False}
    assert document["headers"]["Message-ID"] == f"<{MAIL.email_id}@darkroom.test>"


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415])
def test_sendgrid_says_never(provider: MailProvider, sendgrid: SendGrid, status: int) -> None:
    provider.faults = [sendgrid_refuses(status)]
    with pytest.raises(Refused, match=f"SendGrid: {status} The from address"):
        sendgrid.send(MAIL)


@pytest.mark.parametrize(
    "fault",
    [
        sendgrid_refuses(401, "The provided authorization grant is invalid"),
        sendgrid_refuses(403),
        sendgrid_refuses(429, "too many requests"),
        sendgrid_refuses(500),
        Fault(503, b"<html>"),
        Fault(200, b"[]"),
        Fault(0),
    ],
)
def test_sendgrid_says_not_now(provider: MailProvider, sendgrid: SendGrid, fault: Fault) -> None:
    provider.faults = [fault]
    with pytest.raises(NotSent, match="SendGrid"):
        sendgrid.send(MAIL)


def test_a_provider_that_is_slow_is_not_waited_for(
    provider: MailProvider, sendgrid: SendGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "_TIMEOUT_SECONDS", 0.05)
    import threading

    answer, release = provider.answer, threading.Event()

    def late(path: str, authorization: str, body: bytes) -> Fault:
        release.wait()
        return answer(path, authorization, body)

    monkeypatch.setattr(provider, "answer", late)
    with pytest.raises(NotSent, match="TimeoutError"):
        sendgrid.send(MAIL)
    release.set()


def test_a_provider_that_is_gone_is_not_now() -> None:
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        SendGrid("SG.key", "http://127.0.0.1:9").send(MAIL)


def test_a_key_chooses_sendgrid(environment: pytest.MonkeyPatch) -> None:
    assert isinstance(providers.carrier(), Ses)
    environment.setenv("SECRETS_JSON", json.dumps({"sendgrid_api_key": "SG.key"}))
    settings.cache_clear()
    assert isinstance(providers.carrier(), SendGrid)
