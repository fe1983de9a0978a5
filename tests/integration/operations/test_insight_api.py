"""What administrators are told, and that one part that is away hides nothing of the others."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from darkroom import aws, clock, db, ids
from darkroom.db import Tx
from darkroom.settings import settings
from operations import gauges, insight, queries
from tests.api import Api
from tests.factories.callers import signed_in

api = Api(insight.handler)
RUNBOOK = "docs/runbooks.md#queue-age"


class Cloud:
    """SQS, CloudWatch and S3, as far as they are asked."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int, int]] = {}
        self.ages: dict[str, float] = {}
        self.alarms: list[dict[str, Any]] = []
        self.away: set[str] = set()  # services, and queues
        self.page = 100

    def call(self, service: str, target: str, body: dict[str, Any], *, attempts: int = 3) -> dict[str, Any]:
        assert attempts == 1  # somebody waits
        if service in self.away:
            raise aws.AwsError(service, "ConnectionRefusedError", "secret-host:4566 refused", 0)
        operation = target.rpartition(".")[2]
        answer: dict[str, Any] = getattr(self, operation)(body)
        return answer

    def GetQueueAttributes(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        queue = body["QueueUrl"].rpartition("/")[2]
        if queue in self.away:
            raise aws.AwsError("sqs", "QueueDoesNotExist", "there is no such queue", 400)
        counts = self.counts.get(queue, (0, 0, 0))
        return {"Attributes": {name: str(n) for name, n in zip(body["AttributeNames"], counts, strict=True)}}

    def GetMetricData(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        results = []
        for query in body["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            queue = metric["Dimensions"][0]["Value"]
            values = [self.ages[queue], 1.0] if queue in self.ages else []
            stamps = [body["EndTime"] - 60, body["EndTime"] - 120][: len(values)]
            results.append({"Id": query["Id"], "Timestamps": stamps, "Values": values})
        return {"MetricDataResults": results}

    def DescribeAlarms(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        assert body["AlarmNamePrefix"] == "darkroom-local-"
        start = int(body.get("NextToken", 0))
        page = {"MetricAlarms": self.alarms[start : start + self.page]}
        return page if start + self.page >= len(self.alarms) else {**page, "NextToken": str(start + self.page)}

    def list_objects(self, bucket: str, prefix: str, after: str) -> tuple[list[tuple[str, int]], bool]:
        if "s3" in self.away:
            raise aws.AwsError("s3", "AccessDenied", "no", 403)
        return [], False


def alarm(
    name: str, state: str, description: str = f"Old. Action: more concurrency. Runbook: {RUNBOOK}"
) -> dict[str, Any]:
    return {
        "AlarmName": f"darkroom-local-{name}",
        "StateValue": state,
        "AlarmDescription": description,
        "StateUpdatedTimestamp": 1_795_000_000,
    }


@pytest.fixture
def cloud(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = Cloud()
    environment.setenv("QUEUES", "mail restorations invocations")
    settings.cache_clear()
    monkeypatch.setattr(aws, "call", cloud.call)
    monkeypatch.setattr(aws, "list_objects", cloud.list_objects)
    return cloud


@pytest.fixture
def admin(committed_db: str) -> str:
    with db.transaction() as tx:
        return signed_in(tx, role="admin").token


def queue(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(queue for queue in document["queues"] if queue["name"] == name)
    return found


@pytest.mark.parametrize("path", ["/ops/health", "/ops/metrics", "/ops/history"])
def test_only_administrators_are_told(path: str, cloud: Cloud, committed_db: str) -> None:
    with db.transaction() as tx:
        user = signed_in(tx).token
    assert [api.get(path, token=token).status for token in (None, "nonsense", user)] == [401, 401, 403]


def test_all_is_well(cloud: Cloud, admin: str) -> None:
    with db.transaction() as tx:
        queries.ran(tx, "relay")
    cloud.alarms = [alarm("mail-age", "OK"), alarm("new", "INSUFFICIENT_DATA")]
    answer = api.get("/ops/health", token=admin)
    document = answer.json()
    assert (answer.status, document["status"]) == (200, "ok")
    assert {check["status"] for check in document["checks"].values()} == {"ok"}
    assert set(document["checks"]) == {
        *("database", "outbox", "schedules", "queues", "dead_letters", "storage", "alarms"),
    }
    assert all(check["detail"].endswith(".") for check in document["checks"].values())


def test_what_is_not_known_yet_is_no_failure(cloud: Cloud, admin: str) -> None:
    document = api.get("/ops/health", token=admin).json()
    assert document["status"] == "ok"
    assert document["checks"]["schedules"]["status"] == "unknown"


def test_each_part_that_is_not_well_says_so_and_tells_no_secret(cloud: Cloud, admin: str) -> None:
    cloud.away = {"s3", "monitoring"}
    cloud.counts = {"mail-dead": (2, 0, 0)}
    with db.transaction() as tx:
        queries.ran(tx, "relay")
        tx.execute("UPDATE worker_runs SET ran_at = now() - interval '1 hour'")
        tx.execute(
            """INSERT INTO outbox (id, channel, destination, body, leased_until, created_at)
               VALUES (%s, 'queue', 'mail', '{}', now(), now() - interval '1 hour')""",
            (ids.new_id(),),
        )
    answer = api.get("/ops/health", token=admin)
    document = answer.json()
    assert (answer.status, document["status"]) == (200, "degraded")
    assert {name: check["status"] for name, check in document["checks"].items()} == {
        "database": "ok",
        "outbox": "degraded",
        "schedules": "degraded",
        "queues": "ok",
        "dead_letters": "degraded",
        "storage": "degraded",
        "alarms": "unknown",
    }
    assert "mail (2)" in document["checks"]["dead_letters"]["detail"]
    assert "secret-host" not in answer.text


def test_a_queue_that_does_not_answer_is_named(cloud: Cloud, admin: str) -> None:
    cloud.away = {"restorations"}
    checks = api.get("/ops/health", token=admin).json()["checks"]
    assert checks["queues"] == {"status": "degraded", "detail": "No answer from restorations."}
    measured = queue(api.get("/ops/metrics", token=admin).json(), "restorations")
    assert (measured["waiting"], measured["oldest_seconds"], measured["dead"]) == (None, None, 0)


def test_metrics_have_the_shape_that_was_promised(cloud: Cloud, admin: str) -> None:
    cloud.counts = {"restorations": (3, 1, 2), "invocations-dead": (4, 0, 0)}
    cloud.ages = {"restorations": 75.5}
    cloud.alarms = [alarm("mail-age", "OK"), alarm("restorations-age", "ALARM"), alarm("plain", "OK", "Says nothing")]
    document = api.get("/ops/metrics", token=admin).json()
    assert queue(document, "restorations") == {
        "name": "restorations",
        "waiting": 3,
        "in_flight": 1,
        "delayed": 2,
        "oldest_seconds": 75.5,
        "dead": 0,
    }
    assert queue(document, "mail")["oldest_seconds"] == 0  # empty: nothing has waited
    assert (queue(document, "invocations")["waiting"], queue(document, "invocations")["dead"]) == (0, 4)
    assert document["restorations"]["processing_seconds"] == {"p50": None, "p95": None}
    assert document["restorations"]["error_rate"] is None
    assert document["storage"] == {"bytes": 0}
    ringing, *others = document["alarms"]
    assert {name: ringing[name] for name in ("name", "state", "action", "runbook", "what")} == {
        "name": "darkroom-local-restorations-age",
        "state": "ALARM",
        "action": "more concurrency",
        "runbook": RUNBOOK,
        "what": "Old.",
    }
    plain = next(other for other in others if other["name"].endswith("plain"))
    assert (plain["what"], plain["action"], plain["runbook"]) == ("Says nothing", "investigate", "docs/runbooks.md")
    assert document["unknown"] == []


def test_an_age_that_cloudwatch_does_not_know_yet_is_null_and_never_zero(cloud: Cloud, admin: str) -> None:
    cloud.counts = {"mail": (1, 0, 0)}
    assert queue(api.get("/ops/metrics", token=admin).json(), "mail")["oldest_seconds"] is None
    cloud.away = {"monitoring"}
    document = api.get("/ops/metrics", token=admin).json()
    assert queue(document, "mail")["waiting"] == 1
    assert queue(document, "mail")["oldest_seconds"] is None
    assert (document["alarms"], document["unknown"]) == ([], ["alarms"])


def test_alarms_come_from_every_page(cloud: Cloud, admin: str) -> None:
    cloud.page = 2
    cloud.alarms = [alarm(f"a{number}", "OK") for number in range(5)]
    assert len(api.get("/ops/metrics", token=admin).json()["alarms"]) == 5


def _ended(tx: Tx, at: datetime, seconds: float | None) -> None:
    """A photo that ended then: restored so long after it was paid for, or failed."""
    order_id, paid = ids.new_id(), at - timedelta(seconds=seconds or 10)
    tx.execute(
        """INSERT INTO orders (id, email, status, payment_status, pay_with, price_cents, total_cents, fidelity,
                               colorize, upscale, created_at, paid_at)
           VALUES (%s, 'ada@example.com', 'processing', 'paid', 'card', 900, 900, 0.7, false, 1, %s, %s)""",
        (order_id, paid, paid),
    )
    photo = ids.new_id()
    tx.execute(
        """INSERT INTO order_images (id, order_id, position, filename, status, error, temp_key, original_key,
                                     restored_key, content_type, size_bytes, width, height, sha256, crc32,
                                     restored_type, restored_bytes, restored_width, restored_height, restored_crc32,
                                     created_at, completed_at)
           VALUES (%(id)s, %(order)s, 1, 'old.jpg', %(status)s, %(error)s, 'temp', %(id)s || 'o', %(id)s || 'r',
                   'image/jpeg', 1000, 10, 10, '\\x00', 1, 'image/jpeg', 500, 10, 10, 1, %(at)s, %(at)s)""",
        {
            "id": photo,
            "order": order_id,
            "status": "failed" if seconds is None else "completed",
            "error": "it is no photo" if seconds is None else None,
            "at": at,
        },
    )


def test_the_day_is_told_hour_by_hour(cloud: Cloud, admin: str) -> None:
    now = clock.now()
    with db.transaction() as tx:
        for minutes, seconds in ((90, 30), (90, 50), (5, 600)):
            _ended(tx, now - timedelta(minutes=minutes), seconds)
        _ended(tx, now - timedelta(minutes=5), None)
    metrics = api.get("/ops/metrics", token=admin).json()["restorations"]
    assert metrics["processing_seconds"]["p50"] == pytest.approx(50, abs=1)
    assert metrics["processing_seconds"]["p95"] == pytest.approx(545, abs=1)
    assert (metrics["error_rate"], metrics["finished"], metrics["failed"]) == (0.25, 4, 1)
    history = api.get("/ops/history", token=admin).json()
    assert sum(hour["finished"] for hour in history["hours"]) == 4
    assert sum(hour["failed"] for hour in history["hours"]) == 1
    assert len(history["storage"]) == 30
    assert history["storage"][-1]["bytes"] == api.get("/ops/metrics", token=admin).json()["storage"]["bytes"] > 0


def test_queues_are_told_where_something_was(cloud: Cloud, admin: str) -> None:
    cloud.ages = {"mail": 12.0}
    history = api.get("/ops/history", token=admin).json()
    (mail,) = history["queues"]
    assert mail["name"] == "mail"
    assert [point["waiting"] for point in mail["points"]] == [1.0, 12.0]  # oldest first
    cloud.away = {"monitoring"}
    history = api.get("/ops/history", token=admin).json()
    assert (history["queues"], history["unknown"]) == ([], ["queues"])


def test_who_is_slow_is_not_waited_for(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    try:
        found = gauges.together({"slow": release.wait, "quick": lambda: True}, patience=0.05)
        assert found == {"slow": None, "quick": True}
    finally:
        release.set()


def test_a_description_without_parts_is_read(cloud: Cloud) -> None:
    cloud.alarms = [{"AlarmName": "darkroom-local-x", "StateValue": "OK"}]
    (found,) = gauges.alarms()
    assert found == gauges.Alarm("darkroom-local-x", "OK", "", "investigate", "docs/runbooks.md", None)
