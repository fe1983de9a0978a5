"""Each night: schedules that Scheduler lacks, has too many of, or has differently, are mended."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    raise NotImplementedError
