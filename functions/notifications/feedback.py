"""What becomes of mail once it has left: SES tells the event bus of bounces and complaints, and the address is marked.

Only what will not pass counts. A full mailbox or a greylisting (`Transient`) bounces too, and says nothing of tomorrow.
"""

from typing import Any

from darkroom import db, log, mail

_PASSING = frozenset({"Transient", "Undetermined"})


def handler(event: dict[str, Any], _: Any) -> None:
    """An EventBridge event of SES. It may come twice: an address is marked once."""
    detail: dict[str, Any] = event["detail"]
    message_id = detail["mail"]["messageId"]
    with log.context(request_id=event.get("id")), db.transaction() as tx:
        for address, reason in _marked(detail):
            mail.suppress(tx, address, reason)
            log.info("mail.suppressed", provider_message_id=message_id, reason=reason)


def _marked(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """The addresses to which nothing is sent any more, and why."""
    match detail["eventType"]:
        case "Bounce" if detail["bounce"]["bounceType"] not in _PASSING:
            reason = f"bounced: {detail['bounce'].get('bounceSubType', 'General')}"
            recipients = detail["bounce"]["bouncedRecipients"]
        # Somebody moved a mail out of the spam folder: the opposite of a complaint.
        case "Complaint" if detail["complaint"].get("complaintFeedbackType") != "not-spam":
            reason = "complained"
            recipients = detail["complaint"]["complainedRecipients"]
        case _:
            return []
    return [(recipient["emailAddress"], reason) for recipient in recipients]
