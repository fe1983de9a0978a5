"""Bringing back dead letters: everything that lay there, once, and nothing is removed before it was taken."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.tools import redrive


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("sqs", region_name="us-east-1")
        dead = client.create_queue(QueueName="darkroom-dev-mail-dead")["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
        client.create_queue(QueueName="darkroom-dev-mail", Attributes={"RedrivePolicy": policy})
        yield client


def url(sqs: Any, name: str) -> str:
    found: str = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return found


def bodies(sqs: Any, name: str) -> list[str]:
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url(sqs, name), MaxNumberOfMessages=10).get("Messages"):
        found.extend(message["Body"] for message in messages)
    return found


def bury(sqs: Any, count: int) -> list[str]:
    sent = [f"message {number}" for number in range(count)]
    for body in sent:
        sqs.send_message(QueueUrl=url(sqs, "darkroom-dev-mail-dead"), MessageBody=body)
    return sent


def test_everything_comes_back(sqs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sent = bury(sqs, 25)
    assert redrive.main(["mail", "--stage", "dev"]) == 0
    assert "25 messages" in capsys.readouterr().out
    assert sorted(bodies(sqs, "darkroom-dev-mail")) == sorted(sent)
    assert bodies(sqs, "darkroom-dev-mail-dead") == []


def test_looking_moves_nothing(sqs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sent = bury(sqs, 3)
    redrive.main(["mail", "--stage", "dev", "--show"])
    assert sorted(capsys.readouterr().out.split("\n")[:-1]) == sent
    assert len(bodies(sqs, "darkroom-dev-mail-dead")) == 3


def test_what_dies_again_meanwhile_does_not_go_round(sqs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bury(sqs, 2)
    send = sqs.send_message_batch

    def dies_at_once(**asked: Any) -> Any:
        for entry in asked["Entries"]:
            sqs.send_message(QueueUrl=url(sqs, "darkroom-dev-mail-dead"), MessageBody=entry["MessageBody"])
        return send(**asked)

    monkeypatch.setattr(sqs, "send_message_batch", dies_at_once)
    assert redrive.redrive(sqs, url(sqs, "darkroom-dev-mail")) == 2
    assert len(bodies(sqs, "darkroom-dev-mail-dead")) == 2


def test_what_the_queue_does_not_take_stays(sqs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bury(sqs, 1)
    refusal = {"Failed": [{"Id": "0", "Code": "InternalError"}]}
    monkeypatch.setattr(sqs, "send_message_batch", lambda **_: refusal)
    assert redrive.redrive(sqs, url(sqs, "darkroom-dev-mail")) == 0
    attributes = sqs.get_queue_attributes(QueueUrl=url(sqs, "darkroom-dev-mail-dead"), AttributeNames=["All"])
    assert attributes["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"
