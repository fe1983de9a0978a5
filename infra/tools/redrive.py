"""Brings messages back from a dead-letter queue, once what had failed is mended.

python -m infra.tools.redrive mail --stage dev          # on AWS, with the caller's own credentials
python -m infra.tools.redrive mail                      # of the local stack that runs in .darkroom
python -m infra.tools.redrive mail --show               # look at them and leave them there

A message is sent to its queue first and removed from the dead-letter queue afterwards: stopped in between, it comes
twice, and its consumer knows its id. Only what lay there at the start is moved, so that messages which fail again do
not go round and round.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_AT_ONCE = 10
_HOLD_SECONDS = 60


def dead_letters_of(sqs: "SQSClient", queue_url: str) -> str:
    """The URL of the queue's dead-letter queue."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])["Attributes"]
    arn = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    return sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]


def redrive(sqs: "SQSClient", queue_url: str) -> int:
    """Moves what lies in the dead-letter queue now; how many messages that were."""
    dead_url = dead_letters_of(sqs, queue_url)
    moved = 0
    for messages in _received(sqs, dead_url, _waiting(sqs, dead_url)):
        entries: list[Any] = [
            {"Id": str(number), "MessageBody": message["Body"]} for number, message in enumerate(messages)
        ]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        for sent in answer.get("Successful", []):
            sqs.delete_message(QueueUrl=dead_url, ReceiptHandle=messages[int(sent["Id"])]["ReceiptHandle"])
            moved += 1
        for failed in answer.get("Failed", []):
            print(f"not taken: {messages[int(failed['Id'])]['MessageId']}: {failed['Code']}", file=sys.stderr)
    return moved


def show(sqs: "SQSClient", queue_url: str) -> list[str]:
    """Some of the messages in the dead-letter queue, which stay there."""
    dead_url = dead_letters_of(sqs, queue_url)
    answer = sqs.receive_message(QueueUrl=dead_url, MaxNumberOfMessages=_AT_ONCE, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]


def _waiting(sqs: "SQSClient", url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def _received(sqs: "SQSClient", url: str, count: int) -> Iterator[list["MessageTypeDef"]]:
    while count > 0:
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_AT_ONCE, count),
            VisibilityTimeout=_HOLD_SECONDS,
            WaitTimeSeconds=1,
        ).get("Messages", [])
        if not messages:
            return
        count -= len(messages)
        yield messages


def _client(stage: str, home: Path) -> "SQSClient":
    if stage == "local":
        from infra.local import emulated_aws

        local: SQSClient = emulated_aws.client("sqs", json.loads((home / "stack.json").read_text())["aws"])
        return local
    import boto3

    aws: SQSClient = boto3.client("sqs")
    return aws


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="redrive", description="Bring messages back from a dead-letter queue.")
    parser.add_argument("queue", help="the queue's short name: mail, push, exports ...")
    parser.add_argument("--stage", default="local")
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("DARKROOM_HOME", ".darkroom")))
    parser.add_argument("--show", action="store_true", help="print some and move none")
    options = parser.parse_args(arguments)
    sqs = _client(options.stage, options.home)
    queue_url = sqs.get_queue_url(QueueName=f"darkroom-{options.stage}-{options.queue}")["QueueUrl"]
    if options.show:
        print(*show(sqs, queue_url), sep="\n")
    else:
        print(f"{redrive(sqs, queue_url)} messages moved back to {options.queue}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
