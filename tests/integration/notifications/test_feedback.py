"""Bounces and complaints: an address that will never take our mail, or does not want it, is marked."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from darkroom import db
from notifications import feedback

_EVENTS = Path(__file__).parents[2] / "events"
BOUNCE: dict[str, Any] = json.loads((_EVENTS / "ses_bounce.json").read_text())
COMPLAINT: dict[str, Any] = json.loads((_EVENTS / "ses_complaint.json").read_text())


def suppressed() -> dict[str, str]:
    with db.reading() as tx:
        return {row["address"]: row["reason"] for row in tx.all("SELECT address, reason FROM email_suppressions")}


def test_a_permanent_bounce_marks_the_address(rolled_back_db: None) -> None:
    feedback.handler(BOUNCE, None)
    feedback.handler(BOUNCE, None)
    assert suppressed() == {"gone@example.test": "bounced: General"}


def test_a_complaint_marks_the_address(rolled_back_db: None) -> None:
    feedback.handler(COMPLAINT, None)
    assert suppressed() == {"angry@example.test": "complained"}


def test_the_first_reason_stays(rolled_back_db: None) -> None:
    feedback.handler(COMPLAINT, None)
    bounce = copy.deepcopy(BOUNCE)
    bounce["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"] = "ANGRY@example.test"
    feedback.handler(bounce, None)
    assert suppressed() == {"angry@example.test": "complained"}


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_full_mailbox_marks_nothing(rolled_back_db: None, kind: str) -> None:
    event = copy.deepcopy(BOUNCE)
    event["detail"]["bounce"] |= {"bounceType": kind, "bounceSubType": "MailboxFull"}
    feedback.handler(event, None)
    assert suppressed() == {}


def test_out_of_the_spam_folder_marks_nothing(rolled_back_db: None) -> None:
    event = copy.deepcopy(COMPLAINT)
    event["detail"]["complaint"]["complaintFeedbackType"] = "not-spam"
    feedback.handler(event, None)
    assert suppressed() == {}


def test_other_events_mark_nothing(rolled_back_db: None) -> None:
    event = copy.deepcopy(BOUNCE)
    event["detail"] = {"eventType": "Delivery", "delivery": {}, "mail": event["detail"]["mail"]}
    feedback.handler(event, None)
    assert suppressed() == {}


def test_an_event_that_is_none_fails_loudly(rolled_back_db: None) -> None:
    with pytest.raises(KeyError):
        feedback.handler({"detail": {}}, None)
