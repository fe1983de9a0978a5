"""Who carries the mail: SES, or SendGrid where its key is configured. Both behind one small port.

Neither takes a token that would make a repeated send harmless. So a worker that is killed between the send and its mark
sends a second time: at most one more mail, under the same Message-ID where the provider lets us choose it (SendGrid;
SES writes its own). A lost reset link would be worse than a second one.
"""

import base64
import http.client
import json
import ssl
from email.utils import parseaddr
from typing import Any, Protocol
from urllib.parse import urlsplit

from darkroom import clock, secrets
from darkroom.settings import settings
from notifications import mime
from notifications.mime import Envelope

_TIMEOUT_SECONDS = 15
_ANSWER_MAX = 64_000


class Refused(Exception):
    """The provider will never take this mail: trying again cannot help."""


class NotSent(Exception):
    """The provider was slow, overloaded, wrong or gone: the mail is to be tried again."""


class Carrier(Protocol):
    """A provider."""

    def send(self, mail: Envelope) -> str:
        """Hand the mail over; the provider's id for it. Raises Refused or NotSent."""


def carrier() -> Carrier:
    """SendGrid when there is a key for it, SES otherwise."""
    key = secrets.secret("sendgrid_api_key", default="")
    return SendGrid(key, settings().sendgrid_url) if key else Ses()


class Ses:
    """SES v2, with the mail as raw MIME: the one form that takes attachments and headers."""

    # What a later try cannot change. Throttling, a paused account and quotas pass.
    _FINAL = frozenset(
        {"MessageRejected", "BadRequestException", "NotFoundException", "MailFromDomainNotVerifiedException"}
    )

    def send(self, mail: Envelope) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        from darkroom import clients

        request: dict[str, Any] = {
            "FromEmailAddress": mail.sender,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {"Raw": {"Data": mime.build(mail, clock.now())}},
            "EmailTags": [{"Name": "email_id", "Value": str(mail.email_id)}],
        }
        if settings().mail_configuration_set:
            request["ConfigurationSetName"] = settings().mail_configuration_set
        try:
            answer = clients.ses().send_email(**request)
        except ClientError as failure:
            code = failure.response.get("Error", {}).get("Code", "unknown")
            kind = Refused if code in self._FINAL else NotSent
            raise kind(f"SES: {code}") from failure
        except (BotoCoreError, ValueError) as failure:  # ValueError: an answer that is no text at all
            raise NotSent(f"SES: {type(failure).__name__}") from failure
        message_id = answer.get("MessageId")
        if not message_id:
            raise NotSent("SES answered without an id")
        return str(message_id)


class SendGrid:
    """SendGrid's v3 API over plain HTTP: one POST needs no library."""

    def __init__(self, key: str, url: str) -> None:
        self._key = key
        self._url = urlsplit(url)

    def send(self, mail: Envelope) -> str:
        status, headers, body = self._post(json.dumps(_document(mail)).encode())
        if status == http.client.ACCEPTED:
            return headers.get("x-message-id") or str(mail.email_id)
        reason = f"SendGrid: {status} {_reason(body)}".rstrip()
        # A key that is wrong today is put right by somebody, and the mail then goes out; a bad mail stays bad.
        passing = status >= http.client.INTERNAL_SERVER_ERROR or status in {401, 403, 408, 429} or status < 400
        raise (NotSent if passing else Refused)(reason)

    def _post(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = self._connection()
        try:
            connection.request(
                "POST",
                self._url.path.rstrip("/") + "/v3/mail/send",
                body,
                {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            )
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, response.read(_ANSWER_MAX)
        except (OSError, http.client.HTTPException) as failure:
            raise NotSent(f"SendGrid: {type(failure).__name__}") from failure
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "http":  # the local stack's stand-in
            return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=context)


def _document(mail: Envelope) -> dict[str, Any]:
    name, address = parseaddr(mail.sender)
    document: dict[str, Any] = {
        "personalizations": [{"to": [{"email": mail.to}], "custom_args": {"email_id": str(mail.email_id)}}],
        "from": {"email": address, "name": name or address},
        "subject": mail.subject,
        "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
        "headers": mime.headers(mail),
        # A rewritten link would send a reset token through somebody else's server.
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
    }
    if mail.files:
        document["attachments"] = [
            {
                "content": base64.b64encode(file.content).decode(),
                "type": file.content_type,
                "filename": file.filename,
                "disposition": "attachment",
            }
            for file in mail.files
        ]
    return document


def _reason(body: bytes) -> str:
    """What SendGrid says is wrong, without what was sent."""
    try:
        return mime.one_line(str(json.loads(body)["errors"][0]["message"]))[:200]
    except (ValueError, LookupError, TypeError):
        return ""
