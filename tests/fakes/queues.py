"""SQS and the event bus as outbox and workers see them: they take batches, in part if a test wants it so, and give
messages to a handler in Lambda's own event."""

import json
import threading
from typing import Any
from uuid import uuid4

import pytest

from darkroom import aws
from darkroom.messages import Message, from_json
from tests.contract import schemas


class Queues:
    """What was sent, by queue, in order."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Message]] = {}
        self.events: list[dict[str, Any]] = []
        self.pauses: list[tuple[str, int]] = []  # (queue, seconds) of each ChangeMessageVisibility
        self.calls: list[tuple[str, int]] = []  # (target, entries) of each call
        self.delays: list[int] = []
        self.refused: set[str] = set()  # message ids that every batch refuses
        self.is_down = False
        self.unknown = ""  # a queue that is not there
        self._lock = threading.Lock()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "Queues":
        monkeypatch.setattr(aws, "call", self.call)
        return self

    def call(self, service: str, target: str, body: dict[str, Any], *, attempts: int = 1) -> dict[str, Any]:
        if self.is_down:
            raise aws.AwsError(service, "ServiceUnavailable", "down for a test", 503)
        with self._lock:
            self.calls.append((target, len(body.get("Entries", ()))))
            if target == "AmazonSQS.ChangeMessageVisibility":
                self.pauses.append((body["QueueUrl"].rpartition("/")[2], body["VisibilityTimeout"]))
                return {}
            if target == "AWSEvents.PutEvents":
                return self._put_events(body["Entries"])
            assert target == "AmazonSQS.SendMessageBatch", target
            queue = body["QueueUrl"].rpartition("/")[2]
            if queue == self.unknown:
                raise aws.AwsError(service, "QueueDoesNotExist", "there is no such queue", 400)
            return self._send_batch(queue, body["Entries"])

    def _send_batch(self, queue: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert 1 <= len(entries) <= 10
        for entry in entries:
            schemas.check(json.loads(entry["MessageBody"]))
        taken = [(entry, from_json(entry["MessageBody"])) for entry in entries]
        self.delays.extend(entry["DelaySeconds"] for entry in entries)
        kept = self.sent.setdefault(queue, [])
        kept.extend(message for _, message in taken if str(message.id) not in self.refused)
        return {
            "Successful": [{"Id": entry["Id"]} for entry, message in taken if str(message.id) not in self.refused],
            "Failed": [
                {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False}
                for entry, message in taken
                if str(message.id) in self.refused
            ],
        }

    def _put_events(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert 1 <= len(entries) <= 10
        results = []
        for entry in entries:
            schemas.check(json.loads(entry["Detail"]))
            is_refused = json.loads(entry["Detail"])["id"] in self.refused
            results.append({"ErrorCode": "InternalFailure"} if is_refused else {"EventId": str(uuid4())})
            if not is_refused:
                self.events.append(entry)
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def take(self, queue: str) -> list[Message]:
        """What waits on a queue, which is empty afterwards."""
        with self._lock:
            return self.sent.pop(queue, [])


def event(queue: str, *messages: Message, receives: int = 1) -> dict[str, Any]:
    """The event by which Lambda hands over these messages."""
    from darkroom.messages import to_json

    return {
        "Records": [
            {
                "messageId": str(uuid4()),
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": to_json(message),
                "attributes": {
                    "ApproximateReceiveCount": str(receives),
                    "SentTimestamp": "1795255200000",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1795255200001",
                },
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
                "awsRegion": "us-east-1",
            }
            for message in messages
        ]
    }


def failures(answer: dict[str, Any]) -> list[str]:
    """The messages that a batch's answer sends back."""
    return [failure["itemIdentifier"] for failure in json.loads(json.dumps(answer))["batchItemFailures"]]
