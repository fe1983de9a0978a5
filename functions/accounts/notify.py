"""The Lambda that sends what a request only promised: links to set a new password, and codes by SMS."""

import re

from accounts.service import password_reset, phone
from darkroom import clients, worker
from darkroom.db import Tx
from darkroom.messages import Message, NotAMessage

_TOKEN = re.compile(r"[0-9a-f]{64}")
_SMS_ATTRIBUTES = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


def send_reset_link(tx: Tx, message: Message) -> None:
    """An address that has no account has no person, and nothing happens."""
    if message.data.get("user_id") is not None:
        password_reset.send_link(tx, message.uuid("user_id"))


def send_phone_code(tx: Tx, message: Message) -> None:
    """An SMS costs money and cannot be taken back, so it is claimed before it is sent and never sent twice. Should we
    be killed in between, the person asks for another code."""
    token = message.data.get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise NotAMessage(f"{message.name}: data.token is not the hash of a request")
    sms = phone.code_to_send(tx, token)
    if sms is None or not phone.claim_sending(tx, token):
        return
    tx.commit()  # the provider is called outside transactions
    try:
        clients.sns().publish(PhoneNumber=sms.phone, Message=sms.text, MessageAttributes=_SMS_ATTRIBUTES)
    except Exception:
        phone.release_sending(tx, token)
        tx.commit()
        raise


handler = worker.sqs_worker({password_reset.REQUESTED: send_reset_link}, guarded={phone.SEND_CODE: send_phone_code})
