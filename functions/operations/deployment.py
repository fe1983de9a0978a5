"""What a deployment does before the functions that need it: makes missing keys and applies migrations.

CloudFormation calls it as a custom resource (infra/deployment.yaml) whenever its code changes; a failure here fails the
deployment, which then leaves everything as it was. Anybody else who may invoke it gets what migrate answers.
"""

import json
import secrets as random
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from darkroom import aws, log, secrets
from darkroom.settings import settings
from operations import migrate

_OURS = ("api_secret", "token_key", "edge_secret")
_ANSWER_SECONDS = 10


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "ResponseURL" not in event:
        return _prepare(context)
    outcome: dict[str, Any] = {"Status": "SUCCESS"}
    if event["RequestType"] != "Delete":  # data and keys outlive their stack
        try:
            outcome["Data"] = {"Applied": ",".join(_prepare(context)["applied"])}
        except Exception as failure:  # noqa: BLE001 - CloudFormation waits for an answer, whatever happened
            log.exception("deployment.failed", failure)
            reason = f"{type(failure).__name__}: see the log of {getattr(context, 'function_name', 'the function')}"
            outcome = {"Status": "FAILED", "Reason": reason}
    _answer(event, outcome)
    return outcome


def _prepare(context: Any) -> dict[str, Any]:
    _make_missing_keys()
    return migrate.handler({}, context)


def _make_missing_keys() -> None:
    """Keys that are there stay: sessions are signed with them, and the rows they seal would be lost with them."""
    current = settings()
    if current.secrets_json:
        return  # given from outside
    document = secrets.fetch(current.secrets_arn)
    missing = {name: random.token_urlsafe(48) for name in _OURS if not document.get(name)}
    if missing:
        whole = {
            "SecretId": current.secrets_arn,
            "SecretString": json.dumps({**document, **missing}),
            "ClientRequestToken": str(uuid4()),
        }
        aws.call("secretsmanager", "secretsmanager.PutSecretValue", whole)
        log.info("deployment.keys_made", names=sorted(missing))


def _answer(event: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Tell CloudFormation, at the signed address that it gave."""
    body = {
        **outcome,
        "PhysicalResourceId": "deployed",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    url = urlsplit(event["ResponseURL"])
    connection = HTTPSConnection(url.netloc, timeout=_ANSWER_SECONDS)
    try:
        # An empty content type: the address is signed with none.
        connection.request("PUT", f"{url.path}?{url.query}", json.dumps(body).encode(), {"Content-Type": ""})
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 200:
        raise RuntimeError(f"CloudFormation's address answered {status}")
