"""SQS as outbox and workers see it: takes batches, and gives messages to a handler in Lambda's own event."""

import json
import threading
from typing import Any
from uuid import uuid4

import pytest

from darkroom import aws
from darkroom.messages import Message, from_json


class Queues:
    """What was sent, by queue, in order."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Message]] = {}
        self.is_down = False
        self._lock = threading.Lock()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "Queues":
        monkeypatch.setattr(aws, "call", self.call)
        return self

    def call(self, service: str, target: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.is_down:
            raise aws.AwsError(service, "ServiceUnavailable", "down for a test", 503)
        if target == "AmazonSQS.ChangeMessageVisibility":
            return {}
        assert target == "AmazonSQS.SendMessageBatch", target
        queue = body["QueueUrl"].rpartition("/")[2]
        with self._lock:
            self.sent.setdefault(queue, []).extend(from_json(entry["MessageBody"]) for entry in body["Entries"])
        return {"Successful": [{"Id": entry["Id"]} for entry in body["Entries"]], "Failed": []}

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
