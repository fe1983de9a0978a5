"""Deploys template.yaml to the emulator, as `sam deploy` would to AWS: created the first time, updated afterwards."""

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local import emulated_aws
from infra.local.home import read_document, write_private
from infra.local.packaging import BUCKET, Package

STACK = "darkroom-local"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_WAIT_SECONDS = 120
_SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


class DeploymentFailed(Exception):
    """The emulator refused the template; the message holds its reasons."""


def deploy(template: Path, endpoint: str, parameters: Mapping[str, str], note: Path) -> str:
    """Bring the stack to what the template says. Answers what was done: created, updated or unchanged.

    `note` is where it is kept what was deployed last. A tag of the stack would be the place, but it would be a tag of
    every resource too, and each change of it an update of them all.
    """
    package = Package(template, endpoint)
    cloudformation = emulated_aws.client("cloudformation", endpoint)
    known = _parameter_names(cloudformation, package.template)
    given = [{"ParameterKey": n, "ParameterValue": v} for n, v in sorted(parameters.items()) if n in known]
    digest = _digest(package, given)
    current = _describe(cloudformation)
    if current is not None and current["StackStatus"] in _SUCCEEDED:
        if read_document(note) == {"stack": current["StackId"], "digest": digest}:
            return "unchanged"
    elif current is not None:  # a first deployment that failed can only be made anew
        cloudformation.delete_stack(StackName=STACK)
        _wait(cloudformation)
        current = None
    _upload(package, endpoint)
    action = cloudformation.create_stack if current is None else cloudformation.update_stack
    action(
        StackName=STACK,
        TemplateBody=package.template,
        Parameters=given,
        Capabilities=_CAPABILITIES,
    )
    status = _wait(cloudformation)
    if status not in _SUCCEEDED:
        raise DeploymentFailed(f"the stack is {status}:\n" + "\n".join(_reasons(cloudformation)))
    deployed = _describe(cloudformation)
    write_private(note, {"stack": deployed["StackId"] if deployed else "", "digest": digest})
    return "created" if current is None else "updated"


def _digest(package: Package, parameters: list[dict[str, str]]) -> str:
    return hashlib.sha256(json.dumps([package.digest, parameters]).encode()).hexdigest()


def _parameter_names(cloudformation: Any, template: str) -> set[str]:
    answer = cloudformation.get_template_summary(TemplateBody=template)
    return {parameter["ParameterKey"] for parameter in answer.get("Parameters", [])}


def _upload(package: Package, endpoint: str) -> None:
    s3 = emulated_aws.client("s3", endpoint)
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET)
    for key, body in package.files.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def _describe(cloudformation: Any) -> dict[str, Any] | None:
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except cloudformation.exceptions.ClientError:
        return None
    live = [stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"]
    return live[0] if live else None


def _wait(cloudformation: Any) -> str:
    give_up = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < give_up:
        stack = _describe(cloudformation)
        if stack is None:
            return "DELETE_COMPLETE"
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return str(stack["StackStatus"])
        time.sleep(0.05)
    raise DeploymentFailed(f"the stack is not done after {_WAIT_SECONDS} s")


def _reasons(cloudformation: Any) -> list[str]:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    return [
        f"  {event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
    ]
