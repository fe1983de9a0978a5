"""What Lambda does with a queue, in one process: receive ten, call the worker's handler, delete what did not fail.

python -m bench.queue_worker        # until ended
"""

from typing import Any

import boto3

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from darkroom.settings import settings

NAME = "bench.done"


def _done(tx: Tx, message: Message) -> None:
    tx.execute("INSERT INTO bench_done VALUES (%s) ON CONFLICT DO NOTHING", (message.id,))


handler = worker.sqs_worker({NAME: _done})


def main() -> None:
    """Poll for ever; the benchmark ends this process."""
    current = settings()
    sqs = boto3.client("sqs", endpoint_url=current.aws_endpoint_url, region_name=current.aws_region)
    url = current.queue_url("bench")
    while True:
        found: list[dict[str, Any]] = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"]
        ).get("Messages", [])
        if not found:
            continue
        records = [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": each["Attributes"],
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
            }
            for each in found
        ]
        failed = {each["itemIdentifier"] for each in handler({"Records": records}, None)["batchItemFailures"]}
        sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(place), "ReceiptHandle": each["ReceiptHandle"]}
                for place, each in enumerate(found)
                if each["MessageId"] not in failed
            ],
        )


if __name__ == "__main__":
    main()
