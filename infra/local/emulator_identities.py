"""Holds every function to its own role, as IAM does: what the template does not allow is refused here as on AWS.

ministack enforces policies in its AUTH mode. It would give its own workers credentials of their function's role; the
environments that run in their place get the same ones, by name, from the window (emulator_main.py).
"""

import json
from email.utils import parseaddr
from typing import Any

_BATCH = "Batch"
_SES_SEND = "/v2/email/outbound-emails"


def enforce() -> None:
    """What ministack asks otherwise than AWS: what a batch is called, whose a mail is, where a schedule lies."""
    from ministack.core import iam_actions  # after its environment is set

    action_of, resource_of = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action(*asked: Any) -> str | None:
        """SQS knows no actions for batches: who may send one message may send ten."""
        found: str | None = action_of(*asked)
        return found.removesuffix(_BATCH) if found is not None and found.startswith("sqs:") else found

    def resource(*asked: Any) -> str:
        """A mail is sent in the name of its sender's domain, where ministack asks for everything; a schedule lies in
        its group, where ministack knows one alone."""
        service, _method, path, _headers, body, query, region, account = asked
        if service == "ses" and path == _SES_SEND:
            domain = parseaddr(json.loads(body).get("FromEmailAddress", ""))[1].rpartition("@")[2]
            return f"arn:aws:ses:{region}:{account}:identity/{domain}"
        found: str = resource_of(*asked)
        if service == "scheduler" and ":schedule/default/" in found:
            named = query.get("groupName") or json.loads(body or b"{}").get("GroupName") or "default"
            group = named[0] if isinstance(named, list) else named
            return found.replace(":schedule/default/", f":schedule/{group}/")
        return found

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource


def credentials() -> dict[str, dict[str, str]]:
    """Each function's credentials, by its name."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    records = list(lambda_svc._functions._data.values())  # noqa: SLF001
    configurations = [record["config"] for record in records]
    return {found["FunctionName"]: lambda_runtime.execution_credentials(found) for found in configurations}
