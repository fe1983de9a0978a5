"""What the template promises: least privilege, queues that lose nothing, closed buckets, alarms that help."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from darkroom.settings import Settings
from infra.tools import templates
from infra.tools.templates import ROOT, Template
from operations import gauges

TEMPLATES = {template.name or "root": template for template in templates.load_all()}
FUNCTIONS = {
    name: (template, properties)
    for template in TEMPLATES.values()
    for name, properties in template.of_type("AWS::Serverless::Function").items()
}
QUEUES = TEMPLATES["Messaging"].of_type("AWS::SQS::Queue")
WORK_QUEUES = {name: queue for name, queue in QUEUES.items() if "RedrivePolicy" in queue}
BUCKETS = [
    pytest.param(template, name, bucket, id=name)
    for template in TEMPLATES.values()
    for name, bucket in template.of_type("AWS::S3::Bucket").items()
]
ALARMS = [
    pytest.param(alarm, id=f"{template.name}-{name}")
    for template in TEMPLATES.values()
    for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items()
]
ALL_ALARMS: list[dict[str, Any]] = [parameter.values[0] for parameter in ALARMS]  # type: ignore[misc]
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()


def _statements(policies: Any) -> Iterator[dict[str, Any]]:
    """Every statement, also those that only stand when a condition holds."""
    for policy in policies:
        for statement in policy["Statement"]:
            if "Fn::If" in statement:
                yield from (branch for branch in statement["Fn::If"][1:] if "Effect" in branch)
            else:
                yield statement


# AWS knows no narrower resource for these, and all of them only read.
EVERYWHERE = {"scheduler:ListSchedules", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_only_named_things_to_named_things(name: str) -> None:
    for statement in _statements(FUNCTIONS[name][1]["Policies"]):
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), action
        if "NotResource" in statement:
            assert statement["Action"] == "sns:Publish"  # a telephone number is no resource
            continue
        for resource in _listed(statement["Resource"]):
            text = resource["Fn::Sub"] if isinstance(resource, dict) and "Fn::Sub" in resource else json.dumps(resource)
            if text == '"*"':
                assert statement["Action"] in EVERYWHERE
                continue
            if text == "${QueueArnPrefix}*":
                assert statement["Action"] == "sqs:GetQueueAttributes"  # counting changes nothing
                continue
            narrow = r"^arn:\$\{AWS::Partition\}:((s3:::|execute-api:).*/|scheduler:.*/capture-)\*$"
            assert "*" not in text or re.search(narrow, text), text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_reads_the_one_secret_and_signs_in_to_the_database(name: str) -> None:
    allowed = json.dumps(list(_statements(FUNCTIONS[name][1]["Policies"])))
    assert '"secretsmanager:GetSecretValue", "Resource": {"Ref": "SecretArn"}' in allowed or name == "OperationsMigrate"
    assert '"rds-db:connect", "Resource": {"Ref": "DatabaseUserArn"}' in allowed or name == "OperationsMigrate"


def _source_of(queue: str) -> tuple[Template, dict[str, Any]]:
    for template in TEMPLATES.values():
        for source in template.of_type("AWS::Lambda::EventSourceMapping").values():
            if source["EventSourceArn"] == {"Fn::Sub": f"${{QueueArnPrefix}}{queue.removesuffix('Queue').lower()}"}:
                return template, source
    raise AssertionError(f"nobody reads {queue}")


PATIENT = {
    "MailQueue",
    "EarningsQueue",
    "SchedulesQueue",
    "OrdersQueue",
    "RestorationsQueue",
    "JudgementsQueue",
    "PaymentsQueue",
}


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_a_queue_gives_its_worker_time_and_keeps_what_failed(name: str) -> None:
    queue = WORK_QUEUES[name]
    redrive = queue["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == (12 if name in PATIENT else 5)
    dead_name = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
    dead = QUEUES[dead_name]
    assert dead["MessageRetentionPeriod"] == 1_209_600
    assert queue["MessageRetentionPeriod"] < dead["MessageRetentionPeriod"]
    source_arn = dead["RedriveAllowPolicy"]["sourceQueueArns"][0]["Fn::Sub"]
    assert source_arn.endswith(":" + queue["QueueName"]["Fn::Sub"])
    template, source = _source_of(name)
    worker = FUNCTIONS[source["FunctionName"]["Ref"]][1]
    assert queue["VisibilityTimeout"] >= 6 * template.function_property(worker, "Timeout")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_photo_that_is_due_is_still_asked_for_when_the_first_worker_is_killed() -> None:
    """Later its message would find the moment gone, and be taken for done."""
    assert WORK_QUEUES["DispatchesQueue"]["VisibilityTimeout"] < Settings().capture_expires_seconds


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_and_watched(name: str) -> None:
    queue = QUEUES[name]
    assert queue["SqsManagedSseEnabled"] is True
    watched = {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"]["Fn::Sub"])
        for alarm in ALL_ALARMS
        if alarm.get("Namespace") == "AWS/SQS"
    }
    metric = "ApproximateAgeOfOldestMessage" if name in WORK_QUEUES else "ApproximateNumberOfMessagesVisible"
    assert (metric, queue["QueueName"]["Fn::Sub"]) in watched


def test_queues_that_the_code_names_are_there_and_may_be_written() -> None:
    """`outbox.send(tx, QUEUE, ...)` with a constant beside it: the queue exists, and the relay may write to it."""
    named = set()
    for file in [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers").rglob("*.py")]:
        named |= set(re.findall(r'^QUEUE(?:: Final)? = "(\w+)"', file.read_text(), re.MULTILINE))
    assert {f"{name.capitalize()}Queue" for name in named} == set(WORK_QUEUES)
    relay = json.dumps(list(_statements(FUNCTIONS["OperationsRelay"][1]["Policies"])))
    for name in named:
        assert f'{{"Fn::Sub": "${{QueueArnPrefix}}{name}"}}' in relay


def test_what_is_called_without_waiting_keeps_what_failed() -> None:
    for template, properties in FUNCTIONS.values():
        events = template.function_property(properties, "Events") or {}
        for event in events.values():
            assert properties["DeadLetterQueue"]["TargetArn"] == {"Ref": "FailedInvocationsArn"}
            assert event["Properties"]["RetryPolicy"]


@pytest.mark.parametrize(("template", "name", "bucket"), BUCKETS)
def test_a_bucket_is_closed(template: Template, name: str, bucket: dict[str, Any]) -> None:
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert bucket["BucketEncryption"]
    assert template.resources[name]["DeletionPolicy"] == "Retain"
    policies = template.of_type("AWS::S3::BucketPolicy").values()
    statements = [
        s for policy in policies if policy["Bucket"] == {"Ref": name} for s in policy["PolicyDocument"]["Statement"]
    ]
    tls_only = [s for s in statements if s["Effect"] == "Deny"]
    assert tls_only[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert any("AbortIncompleteMultipartUpload" in rule for rule in bucket["LifecycleConfiguration"]["Rules"])


def test_photos_are_shared_with_the_web_origin_only() -> None:
    cors = TEMPLATES["Storage"].of_type("AWS::S3::Bucket")["Uploads"]["CorsConfiguration"]["CorsRules"]
    assert [rule["AllowedOrigins"] for rule in cors] == [[{"Ref": "WebOrigin"}]]
    assert set(cors[0]["AllowedMethods"]) == {"PUT", "GET"}


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_reaches_somebody_and_says_what_to_do(alarm: dict[str, Any]) -> None:
    assert alarm["AlarmActions"] == [{"Ref": "AlertsTopicArn"}]
    found = re.search(
        r"\. Action: (more concurrency|investigate|clean up)\. Runbook: docs/runbooks\.md#([\w-]+)$",
        alarm["AlarmDescription"],
    )
    assert found is not None
    headings = re.findall(r"^## (.+)$", RUNBOOKS, re.MULTILINE)
    assert found[2] in {heading.lower().replace(" ", "-") for heading in headings}


def test_the_four_monitors_have_their_alarms_and_actions() -> None:
    """Queues, processing time, error rate and storage, as the design draws them."""
    alarms = {
        name: alarm
        for template in TEMPLATES.values()
        for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items()
    }
    actions = {
        "RestorationsDepthAlarm": "more concurrency",
        "RestorationsAgeAlarm": "more concurrency",
        "RestorationTimeAlarm": "investigate",
        "RestorationFailuresAlarm": "investigate",
        "StorageAlarm": "clean up",
    }
    for name, action in actions.items():
        assert f"Action: {action}." in alarms[name]["AlarmDescription"]


def test_a_queue_that_is_relieved_has_alarms_that_relieve_it() -> None:
    """The function hears of exactly the alarms that there are, and may change exactly the sources it is told of."""
    template, properties = FUNCTIONS["RestorationsScale"]
    text, values = properties["Environment"]["Variables"]["SCALING"]["Fn::Sub"]
    scaling = json.loads(re.sub(r"\$\{(\w+)\}", lambda found: str(values.get(found[1], found[1])), text))
    pattern = properties["Events"]["AlarmChanges"]["Properties"]["Pattern"]["detail"]["alarmName"]
    heard = {name["Fn::Sub"] for name in pattern}
    assert heard == {f"darkroom-${{Stage}}-{queue}-{kind}" for queue in scaling for kind in ("age", "depth")}
    assert heard <= {alarm["AlarmName"]["Fn::Sub"] for alarm in ALL_ALARMS}
    allowed = json.dumps(properties["Policies"])
    for queue, bounds in scaling.items():
        _, source = _source_of(f"{queue.capitalize()}Queue")
        assert template.of_type("AWS::Lambda::EventSourceMapping")[bounds["source"]] == source
        assert bounds["usual"] == source["ScalingConfig"]["MaximumConcurrency"] < bounds["most"]
        assert f"event-source-mapping:${{{bounds['source']}}}" in allowed


def test_every_queue_is_counted_for_the_administrators() -> None:
    names = FUNCTIONS["OperationsInsight"][1]["Environment"]["Variables"]["QUEUES"].split()
    prefix = "darkroom-${Stage}-"
    there = {queue["QueueName"]["Fn::Sub"].removeprefix(prefix).removesuffix("-dead") for queue in QUEUES.values()}
    assert set(names) == there
    only_dead = {name for name in there if not any(q["QueueName"]["Fn::Sub"] == prefix + name for q in QUEUES.values())}
    assert only_dead == gauges.ONLY_DEAD


def test_every_function_is_watched_for_errors_and_throttles() -> None:
    for metric in ("Errors", "Throttles"):
        watched = {
            part["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"]
            for alarm in ALL_ALARMS
            for part in alarm.get("Metrics", ())
            if "MetricStat" in part and part["MetricStat"]["Metric"]["MetricName"] == metric
        }
        assert watched == set(FUNCTIONS) - {"OperationsMigrate"}  # its failure fails the deployment


def test_the_database_is_closed_encrypted_and_kept() -> None:
    data = TEMPLATES["Data"]
    database = data.of_type("AWS::RDS::DBInstance")["Database"]
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["ManageMasterUserPassword"] is True
    assert database["DeletionProtection"] == {"Fn::If": ["IsProd", True, False]}
    assert data.resources["Database"]["DeletionPolicy"] == "Snapshot"
    proxy = data.of_type("AWS::RDS::DBProxy")["Proxy"]
    assert proxy["RequireTLS"] is True
    assert [way["IAMAuth"] for way in proxy["Auth"]] == ["REQUIRED"]


def test_only_the_proxy_and_the_migrating_function_reach_the_database() -> None:
    network = TEMPLATES["Network"]
    sources = {
        rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for rule in network.of_type("AWS::EC2::SecurityGroupIngress").values()
        if rule["GroupId"]["Fn::GetAtt"][0] == "DatabaseSecurityGroup"
    }
    assert sources == {"ProxySecurityGroup", "MigrationSecurityGroup"}
    for group in network.of_type("AWS::EC2::SecurityGroup").values():
        assert "SecurityGroupIngress" not in group
        assert group["SecurityGroupEgress"]


def test_answers_of_the_api_are_never_replaced_by_the_web_app() -> None:
    config = TEMPLATES["Web"].of_type("AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
    assert "CustomErrorResponses" not in config
    behaviours = {behaviour["PathPattern"]: behaviour for behaviour in config["CacheBehaviors"]}
    assert set(behaviours) == {"/api/*", "/derivatives/*", "/ws"}
    assert all("FunctionAssociations" not in behaviour for behaviour in behaviours.values())
    assert "FunctionAssociations" in config["DefaultCacheBehavior"]
    origins = {origin["Id"]: origin for origin in config["Origins"]}
    assert origins["api"]["OriginCustomHeaders"][0]["HeaderName"] == "X-Edge-Secret"
    assert "resolve:secretsmanager" in origins["api"]["OriginCustomHeaders"][0]["HeaderValue"]["Fn::Sub"]


def test_no_secret_stands_in_a_template() -> None:
    for template in TEMPLATES.values():
        for name, spec in template.document.get("Parameters", {}).items():
            if re.search(r"Url$", name) and "Database" in name:
                assert spec["NoEcho"] is True
        variables = template.document.get("Globals", {}).get("Function", {}).get("Environment", {}).get("Variables", {})
        assert not [name for name in variables if re.search(r"KEY|TOKEN|PASSWORD$|SECRET$", name)]
