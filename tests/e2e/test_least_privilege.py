"""What each function may do and what not, said by an IAM that enforces: the template deployed to the emulator with its
policies in force, and every operation tried under every function's own role.

The emulator is not AWS; where it names an action or a resource differently (SendMessageBatch, SES) or knows none of it
(SageMaker), it is left out here and stands in tests/contract/test_infrastructure.py.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local import deployment, emulated_aws
from infra.local.emulator import Emulator
from infra.local.home import Home
from infra.local.ports import LOOPBACK, any_free
from infra.tools import templates

BUCKET = "darkroom-local-uploads-000000000000-us-east-1"
ID = "01a21873-eb74-72e9-93f2-d8c623b8684a"
PHOTO = f"uploads/{ID}/{ID}.jpg"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403", "Forbidden"})

Client = Callable[[str], Any]
Operation = Callable[[Client], object]


def _send(queue: str) -> Operation:
    return lambda client: client("sqs").send_message(QueueUrl=_url(client, queue), MessageBody="{}")


def _receive(queue: str) -> Operation:
    return lambda client: client("sqs").receive_message(QueueUrl=_url(client, queue))


def _read(key: str) -> Operation:
    return lambda client: client("s3").get_object(Bucket=BUCKET, Key=key)


def _store(key: str) -> Operation:
    return lambda client: client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"a")


def _delete(key: str) -> Operation:
    return lambda client: client("s3").delete_object(Bucket=BUCKET, Key=key)


def _url(client: Client, queue: str) -> str:
    return f"{client('sqs').meta.endpoint_url}/000000000000/darkroom-local-{queue}"


def _post_to_a_socket(client: Client) -> None:
    client("apigatewaymanagementapi").post_to_connection(ConnectionId="nobody", Data=b"{}")


def _read_metrics(client: Client) -> None:
    stat = {"Metric": {"Namespace": "AWS/SQS", "MetricName": "SentMessageSize"}, "Period": 60, "Stat": "Sum"}
    query = {"Id": "m", "MetricStat": stat}
    client("cloudwatch").get_metric_data(MetricDataQueries=[query], StartTime=0, EndTime=60)


QUEUES = (
    *("mail", "push", "exports", "notices", "erasures", "curations", "downloads"),
    *("dispatches", "earnings", "schedules", "timelapses"),
    *("validations", "orders", "restorations", "judgements", "archives", "payments"),
)
ACCOUNTS = {"mail", "push", "exports", "notices", "erasures"}
OPERATIONS: Mapping[str, Operation] = {
    "read the secret": lambda client: client("secretsmanager").get_secret_value(SecretId="darkroom/local"),
    "write the secret": lambda client: client("secretsmanager").put_secret_value(
        SecretId="darkroom/local", SecretString=json.dumps({"edge_secret": "another"})
    ),
    **{f"send {queue}": _send(queue) for queue in QUEUES},
    **{f"receive {queue}": _receive(queue) for queue in QUEUES},
    "publish events": lambda client: client("events").put_events(
        Entries=[{"EventBusName": "darkroom-local", "Source": "darkroom", "DetailType": "test", "Detail": "{}"}]
    ),
    "read a photo": _read(PHOTO),
    "read a picture": lambda client: client("s3").get_object(Bucket=BUCKET, Key="derivatives/a.webp"),
    "store a picture": lambda client: client("s3").put_object(Bucket=BUCKET, Key="derivatives/a.webp", Body=b"a"),
    "delete a picture": lambda client: client("s3").delete_object(Bucket=BUCKET, Key="derivatives/a.webp"),
    "read a download": lambda client: client("s3").get_object(Bucket=BUCKET, Key="downloads/a.zip"),
    "store a download": lambda client: client("s3").put_object(Bucket=BUCKET, Key="downloads/a.zip", Body=b"a"),
    "delete a download": lambda client: client("s3").delete_object(Bucket=BUCKET, Key="downloads/a.zip"),
    "read a capture": lambda client: client("s3").get_object(Bucket=BUCKET, Key="captures/a.jpg"),
    "store a capture": lambda client: client("s3").put_object(Bucket=BUCKET, Key="captures/a.jpg", Body=b"a"),
    "delete a capture": lambda client: client("s3").delete_object(Bucket=BUCKET, Key="captures/a.jpg"),
    "list captures": lambda client: client("s3").list_objects_v2(Bucket=BUCKET, Prefix="captures/x/"),
    "list schedules": lambda client: client("scheduler").list_schedules(GroupName="darkroom-local"),
    "delete a person's schedule": lambda client: client("scheduler").delete_schedule(
        GroupName="darkroom-local", Name="capture-a"
    ),
    "delete a schedule of the platform": lambda client: client("scheduler").delete_schedule(
        GroupName="darkroom-local", Name="relay"
    ),
    "receive curations-dead": _receive("curations-dead"),
    "receive downloads-dead": _receive("downloads-dead"),
    **{
        f"{verb} {thing}": operation(key)
        for thing, key in {
            "an upload of a stranger": f"uploads/temp/{ID}/{ID}.jpg",
            "an original": f"uploads/originals/{ID}/IMG_001_original.jpg",
            "what a model is shown": f"uploads/inputs/{ID}/IMG_001.jpg",
            "a restored photo": f"uploads/restored/{ID}/IMG_001_restored.jpg",
            "a preview": "previews/a.webp",
            "a restoration": f"restorations/{ID}/{ID}.jpg",
        }.items()
        for verb, operation in {"read": _read, "store": _store, "delete": _delete}.items()
    },
    "count what no worker of its own counts": lambda client: client("sqs").get_queue_attributes(
        QueueUrl=_url(client, "mail-dead"), AttributeNames=["ApproximateNumberOfMessages"]
    ),
    "read the alarms": lambda client: client("cloudwatch").describe_alarms(MaxRecords=1),
    "read metrics": _read_metrics,
    "change an alarm": lambda client: client("cloudwatch").set_alarm_state(
        AlarmName="darkroom-local-mail-age", StateValue="OK", StateReason="test"
    ),
    "list what nobody keeps": lambda client: client("s3").list_objects_v2(Bucket=BUCKET, Prefix="operations/"),
    "read an export": lambda client: client("s3").get_object(Bucket=BUCKET, Key="exports/a.zip"),
    "store a photo": _store(PHOTO),
    "store an export": lambda client: client("s3").put_object(Bucket=BUCKET, Key="exports/a.zip", Body=b"a"),
    "delete a photo": _delete(PHOTO),
    "delete an export": lambda client: client("s3").delete_object(Bucket=BUCKET, Key="exports/a.zip"),
    "list photos": lambda client: client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"uploads/{ID}/"),
    "list orders": lambda client: client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"uploads/originals/{ID}/"),
    "list everything": lambda client: client("s3").list_objects_v2(Bucket=BUCKET),
    "open the bucket": lambda client: client("s3").delete_public_access_block(Bucket=BUCKET),
    "post to a socket": _post_to_a_socket,
    "text a phone": lambda client: client("sns").publish(PhoneNumber="+34600111222", Message="code"),
    "raise an alert": lambda client: client("sns").publish(
        TopicArn="arn:aws:sns:us-east-1:000000000000:darkroom-local-alerts", Message="fire"
    ),
    "invoke a function": lambda client: client("lambda").invoke(FunctionName="darkroom-local-accounts-make-admin"),
    "make a user of IAM": lambda client: client("iam").create_user(UserName="intruder"),
}
EVERYONE = {"read the secret"}
# Who may list the bucket.
LISTS = ("list photos", "list orders", "list captures", "list everything", "list what nobody keeps")
# Photos of orders lie under `uploads/` too, as restorations' contract wants it, beside folders of people, which are
# named by an id: galleries know these alone. Whoever erases, exports or mails a person's things knows both.
ORDERED = ("an upload of a stranger", "an original", "what a model is shown", "a restored photo")
READS_ORDERED = (*(f"read {thing}" for thing in ORDERED), "read a restoration")
MAY: Mapping[str, set[str]] = {
    "OperationsMigrate": {"write the secret"},
    "AccountsApi": {*(f"send {queue}" for queue in ACCOUNTS), "send schedules", "publish events"},
    "AccountsExport": {
        "receive exports",
        "send mail",
        "send push",
        *READS_ORDERED,
        "read a preview",
        "read a photo",
        "read a capture",
        "read a picture",
        "read a download",
        "read an export",
        "store an export",
        "delete an export",
        "list photos",
        "list orders",
        "list captures",
        "list everything",
        "list what nobody keeps",
    },
    "AccountsNotify": {"receive notices", "send mail", "text a phone"},
    "AccountsErase": {
        "receive erasures",
        *(f"delete {thing}" for thing in ORDERED),
        "delete a restoration",
        "delete a photo",
        "delete a capture",
        "delete a picture",
        "delete a download",
        "delete an export",
        "list photos",
        "list orders",
        "list captures",
    },
    "AccountsMakeAdmin": set(),
    "GalleriesApi": {
        "send curations",
        "send downloads",
        "send push",
        "store a photo",
        "read a photo",
        "read a restoration",
        "read a capture",
        "read a picture",
        "list photos",
    },
    "GalleriesShared": {"read a picture"},
    "GalleriesWebhook": {"send curations", "send push"},
    "GalleriesCurate": {
        "receive curations",
        "send curations",
        "send push",
        "read a photo",
        "read a restoration",
        "read a capture",
        "read a picture",
        "store a picture",
        "list photos",
        "list orders",
        "list captures",
        "list everything",
        "list what nobody keeps",
    },
    "GalleriesAbandon": {"receive curations-dead", "receive downloads-dead", "send push"},
    "GalleriesDownload": {
        "receive downloads",
        "send push",
        "read a photo",
        "read a restoration",
        "read a capture",
        "read a download",
        "store a download",
        "list photos",
        "list orders",
        "list captures",
        "list everything",
        "list what nobody keeps",
    },
    "GalleriesTidy": {
        *(f"delete {thing}" for thing in ORDERED),
        "delete a restoration",
        "delete a photo",
        "delete a capture",
        "delete a picture",
        "delete a download",
        "delete an export",
    },
    "CapturesApi": {"send push", "send schedules", "send timelapses", "read a picture"},
    "CapturesAgent": {"send push", "send mail", "store a capture", "read a picture"},
    "CapturesCommands": {"send push"},
    "CapturesComplete": {
        "send push",
        "publish events",
        "read a capture",
        "read a picture",
        "store a picture",
        "list photos",
        "list orders",
        "list captures",
        "list everything",
        "list what nobody keeps",
    },
    "CapturesDispatch": {"receive dispatches", "send push", "read a picture"},
    "CapturesEarn": {"receive earnings", "send push", "read a picture"},
    "CapturesSync": {"receive schedules", "delete a person's schedule"},
    "CapturesReconcile": {"send schedules", "list schedules"},
    "CapturesWatch": {"send push", "send mail", "read a picture"},
    "CapturesTimelapse": {
        "receive timelapses",
        "send push",
        "read a picture",
        "read a download",
        "store a download",
        "list photos",
        "list orders",
        "list captures",
        "list everything",
        "list what nobody keeps",
    },
    "RestorationsApi": {
        *("send validations", "send archives", "send payments", "send mail", "send push"),
        *("read an upload of a stranger", "store an upload of a stranger", "read a preview"),
        *("read an original", "read a restored photo", "read a picture"),
    },
    "RestorationsCheckout": {
        *("send orders", "send payments", "send mail", "send push"),
        *("read an upload of a stranger", "store an upload of a stranger"),
        *("read an original", "read a restored photo", "read a picture"),
    },
    "RestorationsDownload": {"send archives", "read a restored photo", "read a download"},
    "RestorationsStripeWebhook": {"send orders", "send payments", "send mail", "send push"},
    "RestorationsReplicateWebhook": {"send restorations"},
    "RestorationsValidate": {
        *("receive validations", "send push"),
        *("read an upload of a stranger", "store a preview", *LISTS),
    },
    "RestorationsFulfil": {
        *("receive orders", "send judgements", "send payments", "send archives", "send mail", "send push"),
        *("read an upload of a stranger", "read an original", "store an original", *LISTS),
    },
    "RestorationsRestore": {
        *("receive restorations", "send restorations", "send judgements", "send payments", "send archives"),
        *("send mail", "send push"),
        *("read what a model is shown", "store a restored photo", *LISTS),
    },
    "RestorationsJudge": {
        *("receive judgements", "send restorations", "send payments", "send archives", "send mail", "send push"),
        *("read an original", "read a restored photo", "store a restored photo", "store a picture"),
        *("store what a model is shown", "store a restoration", *LISTS),
    },
    "RestorationsArchive": {
        *("receive archives", "send archives"),
        *("read a restored photo", "read a download", "store a download", *LISTS),
    },
    "RestorationsPay": {"receive payments", "send payments", "send orders", "send mail", "send push"},
    "RestorationsWatch": {
        *("send validations", "send orders", "send restorations", "send judgements", "send payments"),
        *("send archives", "send mail", "send push"),
    },
    "RestorationsCleanup": {
        *("send payments", "send mail", "send push"),
        *("delete an upload of a stranger", "delete what a model is shown", "delete a restored photo"),
        *("delete a preview", "delete a download"),
    },
    "RestorationsReconcile": {"send orders", "send payments", "send mail", "send push"},
    "RealtimeApi": set(),
    "RealtimeSockets": {"post to a socket", "publish events", "send push"},
    "RealtimePush": {"receive push", "post to a socket"},
    "NotificationsMail": {
        "receive mail",
        *READS_ORDERED,
        "read a preview",
        "read a photo",
        "read a capture",
        "read a picture",
        "read a download",
        "read an export",
    },
    "NotificationsFeedback": set(),
    "OperationsApi": {"read an export", "read a download"},
    "OperationsInsight": {
        "count what no worker of its own counts",
        "read the alarms",
        "read metrics",
        "list what nobody keeps",
    },
    "RestorationsScale": {"read the alarms"},
    "OperationsRelay": {*(f"send {queue}" for queue in QUEUES), "publish events"},
    "OperationsCleanup": {"send push"},
}


class EnforcingEmulator(Emulator):
    def _variables(self) -> dict[str, str]:
        return {**super()._variables(), "AUTH": "true"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The template, deployed where policies are in force."""
    home = Home(tmp_path_factory.mktemp("iam") / "home")
    home.prepare()
    with asyncio.Runner() as runner:
        running = EnforcingEmulator(home, any_free(), f"http://{LOOPBACK}:9/nobody")
        runner.run(running.start())
        try:
            parameters = {
                "Stage": "local",
                "Database": "external",
                "Edge": "external",
                "WebOrigin": "http://127.0.0.1:8000",
                "WebSocketManagement": f"{running.endpoint}/_aws/execute-api",
            }
            deployment.deploy(templates.MAIN, running.endpoint, parameters, home.deployment)
            yield running.endpoint
        finally:
            runner.run(running.stop())


class Clients:
    """A client for each service, made once, that acts in one role after the other."""

    def __init__(self, endpoint: str, websocket: str) -> None:
        self._endpoint = endpoint
        self._websocket = websocket
        self._session = boto3.Session("nobody's", "nobody's", "nobody's", emulated_aws.REGION)
        self._credentials: Any = self._session.get_credentials()  # each client signs with what it holds at that moment
        self._made: dict[str, Any] = {}

    def act_as(self, role_arn: str) -> None:
        """Lambda alone may take on a function's role: here the test may for a moment, too."""
        iam, name = emulated_aws.client("iam", self._endpoint), role_arn.rpartition("/")[2]
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(
            RoleName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        sts = emulated_aws.client("sts", self._endpoint)
        given = sts.assume_role(RoleArn=role_arn, RoleSessionName="least-privilege")["Credentials"]
        self._credentials.access_key = given["AccessKeyId"]
        self._credentials.secret_key = given["SecretAccessKey"]
        self._credentials.token = given["SessionToken"]

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            place = self._websocket if service == "apigatewaymanagementapi" else self._endpoint
            config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
            self._made[service] = self._session.client(service, endpoint_url=place, config=config)
        return self._made[service]


def _is_allowed(operation: Operation, client: Client) -> bool:
    """Whether IAM lets it pass; what becomes of it then is another matter."""
    try:
        operation(client)
    except ClientError as failure:
        return failure.response["Error"]["Code"] not in _DENIED
    return True


def _functions() -> dict[str, Any]:
    return {
        name: properties
        for template in templates.load_all()
        for name, properties in template.of_type("AWS::Serverless::Function").items()
    }


def test_the_table_is_of_every_function() -> None:
    assert set(MAY) == set(_functions())


def test_a_function_may_do_what_it_does_and_nothing_else(emulator: str) -> None:
    functions = emulated_aws.client("lambda", emulator)
    sockets = functions.get_function(FunctionName="darkroom-local-realtime-sockets")["Configuration"]
    websocket = sockets["Environment"]["Variables"]["WEBSOCKET_ENDPOINT"]
    clients, found = Clients(emulator, websocket), {}
    for name, properties in _functions().items():
        physical = properties["FunctionName"]["Fn::Sub"].replace("${Stage}", "local")
        role = functions.get_function(FunctionName=physical)["Configuration"]["Role"]
        clients.act_as(role)
        found[name] = {what for what, operation in OPERATIONS.items() if _is_allowed(operation, clients)}
    assert found == {name: allowed | EVERYONE for name, allowed in MAY.items()}
