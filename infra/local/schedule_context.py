"""What EventBridge Scheduler fills into a target's input when it fires.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

_ATTRIBUTE = re.compile(r"<aws\.scheduler\.([a-z-]+)>")


def fill(text: str, *, due: datetime, arn: str) -> str:
    """The input with its attributes replaced: `2022-03-22T18:59:43Z`, the schedule's ARN, an id of this invocation, and
    which attempt it is, here always the first. What Scheduler does not know stays as it is."""
    values: Mapping[str, Callable[[], str]] = {
        "scheduled-time": lambda: due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "schedule-arn": lambda: arn,
        "execution-id": lambda: secrets.token_hex(8),
        "attempt-number": lambda: "1",
    }
    return _ATTRIBUTE.sub(lambda found: values[found[1]]() if found[1] in values else found[0], text)
