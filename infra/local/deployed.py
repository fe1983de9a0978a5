"""What is deployed, read back from the emulator: nothing that the template says is said a second time here."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local import emulated_aws
from infra.local.apigateway import Route
from infra.local.deployment import STACK
from infra.local.environments import Function

_CONCURRENCY_HERE = 4  # environments of one function: a laptop is not a region
_FUNCTION_OF_URI = re.compile(r":function:([^/:]+)")

Credentials = Callable[[str], Mapping[str, str]]


class Unusable(Exception):
    """What the emulator remembers does not fit together: it was killed while it wrote, or is of another version."""


@dataclass(frozen=True)
class WebSocketApi:
    api_id: str
    stage: str


@dataclass(frozen=True)
class Queue:
    name: str
    url: str
    arn: str
    dead_letter_arn: str | None


@dataclass(frozen=True)
class Deployed:
    """The stack's resources that the gateway and the console work with."""

    http_api_id: str
    routes: list[Route]
    websocket: WebSocketApi | None
    functions: list[Function]
    queues: list[Queue]
    buses: list[str]
    schedule_names: list[str]
    rule_names: list[tuple[str, str]]
    secrets: list[str]
    mail_identities: list[str]
    outputs: dict[str, str]
    logical_names: dict[str, str] = field(repr=False)


def read(endpoint: str, credentials: Credentials) -> Deployed:
    """Everything of the stack, or `Unusable`."""
    try:
        return _read(endpoint, credentials)
    except (KeyError, IndexError, LookupError) as failure:
        raise Unusable(repr(failure)) from failure
    except _client_error() as failure:
        raise Unusable(str(failure)) from failure


def _client_error() -> type[Exception]:
    from botocore.exceptions import ClientError

    return ClientError


def _read(endpoint: str, credentials: Credentials) -> Deployed:
    cloudformation = emulated_aws.client("cloudformation", endpoint)
    resources = list(_resources(cloudformation, STACK))
    ids: dict[str, list[str]] = {}
    for kind, _logical, physical in resources:
        ids.setdefault(kind, []).append(physical)
    outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
    gateway = emulated_aws.client("apigatewayv2", endpoint)
    apis = [gateway.get_api(ApiId=api) for api in ids.get("AWS::ApiGatewayV2::Api", [])]
    http = [api["ApiId"] for api in apis if api["ProtocolType"] == "HTTP"]
    sockets = [api["ApiId"] for api in apis if api["ProtocolType"] == "WEBSOCKET"]
    if len(http) != 1 or len(sockets) > 1:
        raise Unusable(f"{len(http)} HTTP APIs and {len(sockets)} WebSocket APIs are deployed")
    return Deployed(
        http_api_id=http[0],
        routes=_routes(gateway, http[0]),
        websocket=_websocket(gateway, sockets[0]) if sockets else None,
        functions=[_function(endpoint, name, credentials) for name in ids.get("AWS::Lambda::Function", [])],
        queues=[_queue(endpoint, url) for url in ids.get("AWS::SQS::Queue", [])],
        buses=ids.get("AWS::Events::EventBus", []),
        schedule_names=ids.get("AWS::Scheduler::Schedule", []),
        rule_names=[_rule(physical) for physical in ids.get("AWS::Events::Rule", [])],
        secrets=ids.get("AWS::SecretsManager::Secret", []),
        mail_identities=ids.get("AWS::SES::EmailIdentity", []),
        outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
        logical_names={physical: logical for _kind, logical, physical in resources},
    )


def _resources(cloudformation: Any, stack: str) -> Iterator[tuple[str, str, str]]:
    for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
        physical = resource["PhysicalResourceId"]
        yield resource["ResourceType"], resource["LogicalResourceId"], physical
        if resource["ResourceType"] == "AWS::CloudFormation::Stack":
            yield from _resources(cloudformation, physical)


def _routes(gateway: Any, api: str) -> list[Route]:
    targets = {
        f"integrations/{integration['IntegrationId']}": integration["IntegrationUri"]
        for integration in gateway.get_integrations(ApiId=api)["Items"]
    }
    return [
        Route(route["RouteKey"], _function_of(targets[route["Target"]]))
        for route in gateway.get_routes(ApiId=api)["Items"]
    ]


def _function_of(uri: str) -> str:
    found = _FUNCTION_OF_URI.search(uri)
    if not found:
        raise Unusable(f"an integration leads to no function: {uri}")
    return found[1]


def _websocket(gateway: Any, api: str) -> WebSocketApi:
    return WebSocketApi(api, gateway.get_stages(ApiId=api)["Items"][0]["StageName"])


def _function(endpoint: str, name: str, credentials: Credentials) -> Function:
    functions = emulated_aws.client("lambda", endpoint)
    found = functions.get_function(FunctionName=name)
    configuration = found["Configuration"]
    reserved = found.get("Concurrency", {}).get("ReservedConcurrentExecutions")
    return Function(
        name=name,
        arn=configuration["FunctionArn"],
        handler=configuration["Handler"],
        timeout_seconds=configuration["Timeout"],
        memory_mb=configuration["MemorySize"],
        environment=configuration.get("Environment", {}).get("Variables", {}),
        credentials=credentials(name),
        concurrency=min(_CONCURRENCY_HERE, reserved or _CONCURRENCY_HERE),
    )


def _queue(endpoint: str, url: str) -> Queue:
    import json

    sqs = emulated_aws.client("sqs", endpoint)
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    return Queue(url.rsplit("/", 1)[-1], url, attributes["QueueArn"], redrive.get("deadLetterTargetArn"))


def _rule(physical: str) -> tuple[str, str]:
    """A rule's physical id is its name, with the bus before a bar when it has one of its own."""
    bus, bar, name = physical.rpartition("|")
    return (bus, name) if bar else ("", physical)


def put_secrets(endpoint: str, found: Deployed, values: Mapping[str, str]) -> None:
    """Fill the deployed secret, unless it holds these values already."""
    import json

    manager = emulated_aws.client("secretsmanager", endpoint)
    for secret in found.secrets:
        current = json.loads(manager.get_secret_value(SecretId=secret)["SecretString"])
        if current != {**current, **values}:
            manager.put_secret_value(SecretId=secret, SecretString=json.dumps({**current, **values}))


def verify_mail_identities(endpoint: str, found: Deployed) -> None:
    """What records in the domain's DNS do on AWS: SES then takes mail from it."""
    ses = emulated_aws.client("ses", endpoint)
    for identity in found.mail_identities:
        ses.verify_domain_identity(Domain=identity)
