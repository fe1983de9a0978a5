"""An event is told once it is so, with its name as its type."""

import json

import pytest

from darkroom import db, events, ids, messages
from tests.fakes.queues import Queues


def test_an_event_is_told_after_the_commit(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    queues, user_id = Queues().install(monkeypatch), ids.new_id()
    with db.transaction() as tx:
        events.publish(tx, events.ACCOUNT_DELETED, user_id=user_id)
        assert queues.events == []
    (told,) = queues.events
    assert told["DetailType"] == "account.deleted"
    message = messages.from_document(json.loads(told["Detail"]))
    assert (message.name, message.uuid("user_id")) == ("account.deleted", user_id)
