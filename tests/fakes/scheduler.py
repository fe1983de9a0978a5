"""EventBridge Scheduler as its client shows it: schedules by name, what it refuses, and bad days.

Arguments are checked against the service's own model, as boto3 does before it sends anything.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator

from darkroom import clients, clock

_OPERATIONS = {
    "create_schedule": "CreateSchedule",
    "update_schedule": "UpdateSchedule",
    "get_schedule": "GetSchedule",
    "delete_schedule": "DeleteSchedule",
    "list_schedules": "ListSchedules",
}
_OLDEST_START = timedelta(minutes=5)


class Down(Exception):
    """It does not answer."""


@cache
def _client() -> Any:
    return boto3.client("scheduler", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


class Scheduler:
    """`before` and `after` are told of each call and may raise: then nothing was done, or its answer was lost."""

    def __init__(self) -> None:
        self.schedules: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.is_down = False
        self.page = 100
        self.before: Callable[[str], object] = lambda _operation: None
        self.after: Callable[[str], object] = lambda _operation: None
        self.exceptions = _client().exceptions

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "Scheduler":
        monkeypatch.setattr(clients, "scheduler", lambda: self)
        return self

    def written(self) -> list[str]:
        return [call for call in self.calls if call.split("_")[0] in {"create", "update", "delete"}]

    def create_schedule(self, **asked: Any) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            if asked["Name"] in self.schedules:
                raise self._error("ConflictException")
            return self._put(asked)

        return self._call("create_schedule", asked, work)

    def update_schedule(self, **asked: Any) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            self._find(asked)
            return self._put(asked)

        return self._call("update_schedule", asked, work)

    def get_schedule(self, **asked: Any) -> dict[str, Any]:
        return self._call("get_schedule", asked, lambda: dict(self._find(asked)))

    def delete_schedule(self, **asked: Any) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            self._find(asked)
            del self.schedules[asked["Name"]]
            return {}

        return self._call("delete_schedule", asked, work)

    def list_schedules(self, **asked: Any) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            names = sorted(name for name in self.schedules if name.startswith(asked.get("NamePrefix", "")))
            start = int(asked.get("NextToken", "0"))
            following = start + min(self.page, asked.get("MaxResults", 100))
            answer: dict[str, Any] = {"Schedules": [{"Name": name} for name in names[start:following]]}
            return answer | ({"NextToken": str(following)} if following < len(names) else {})

        return self._call("list_schedules", asked, work)

    def _call(self, operation: str, asked: Mapping[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        shape = _client().meta.service_model.operation_model(_OPERATIONS[operation]).input_shape
        report = ParamValidator().validate(dict(asked), shape)
        assert not report.has_errors(), report.generate_report()
        if self.is_down:
            raise Down
        self.before(operation)
        self.calls.append(operation)
        answer = work()
        self.after(operation)
        return answer

    def _find(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self.schedules.get(asked["Name"])
        if found is None or found["GroupName"] != asked["GroupName"]:
            raise self._error("ResourceNotFoundException")
        return found

    def _put(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A schedule is written whole; what is left out is not kept."""
        start, end = asked.get("StartDate"), asked.get("EndDate")
        if start is not None and start < clock.now() - _OLDEST_START:
            raise self._error("ValidationException", "The StartDate you specify cannot be earlier than 5 minutes ago.")
        if start is not None and end is not None and end <= start:
            raise self._error("ValidationException", "The EndDate has to come after the StartDate.")
        self.schedules[asked["Name"]] = dict(asked)
        return {"ScheduleArn": f"arn:aws:scheduler:::schedule/{asked['GroupName']}/{asked['Name']}"}

    def _error(self, code: str, message: str = "") -> Exception:
        error: Exception = getattr(self.exceptions, code)({"Error": {"Code": code, "Message": message}}, "scheduler")
        return error
