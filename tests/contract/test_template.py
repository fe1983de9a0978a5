"""The template says what the code needs: every handler, setting and route, once."""

import ast
import importlib
import json
import re
import tomllib
from dataclasses import fields
from typing import Any

import pytest

from accounts.service import exports
from darkroom.settings import Settings
from infra.local.apigateway import Route, RouteTable
from infra.tools import import_alone, templates
from infra.tools.templates import ROOT, Template

TEMPLATES = list(templates.load_all())
PRODUCTS = [template for template in TEMPLATES if template.path.parent.name == "products"]
FUNCTIONS = [
    pytest.param(template, name, properties, id=name)
    for template in TEMPLATES
    for name, properties in template.of_type("AWS::Serverless::Function").items()
]


def _handlers_in_code() -> set[str]:
    """Modules of functions/ that define a `handler`."""
    found = set()
    for file in (ROOT / "functions").rglob("*.py"):
        for node in ast.parse(file.read_text()).body:
            named = [node.name] if isinstance(node, ast.FunctionDef) else []
            if isinstance(node, ast.Assign):
                named = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if "handler" in named:
                found.add(".".join(file.relative_to(ROOT / "functions").with_suffix("").parts) + ".handler")
    return found


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def test_every_template_of_the_house_is_nested() -> None:
    written = {*(ROOT / "infra").glob("*.yaml"), *(ROOT / "infra" / "products").glob("*.yaml")}
    assert {template.path for template in TEMPLATES} == {templates.MAIN, *written}


def test_products_begin_alike() -> None:
    """What CloudFormation does not let them share."""
    shared = set()
    for product in PRODUCTS:
        text = product.path.read_text()
        shared.add(text[text.index("\n# What every product") : text.index("\nResources:")])
    assert len(shared) == 1


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name or "root")
def test_nested_stacks_are_given_what_they_take_and_asked_for_what_they_put_out(template: Template) -> None:
    children = {child.name: child for child in TEMPLATES if child.name in template.resources}
    for name, properties in template.of_type("AWS::CloudFormation::Stack").items():
        taken = children[name].document.get("Parameters", {})
        given = properties.get("Parameters", {})
        assert set(given) <= set(taken)
        assert {parameter for parameter, spec in taken.items() if "Default" not in spec} <= set(given)
    written = _text(template.document)
    asked = re.findall(r'\["(\w+)", "Outputs\.(\w+)"\]', written) + re.findall(r"\$\{(\w+)\.Outputs\.(\w+)\}", written)
    for stack, output in asked:
        assert output in children[stack].document["Outputs"], f"{stack} has no output {output}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name or "root")
def test_stacks_stay_far_from_the_limit_of_resources(template: Template) -> None:
    """Each function becomes up to five resources of CloudFormation's 500."""
    assert len(template.resources) + 5 * len(template.of_type("AWS::Serverless::Function")) < 250


def test_every_handler_is_a_function_and_every_function_has_its_handler() -> None:
    named = [
        template.function_property(properties, "Handler")
        for template in TEMPLATES
        for properties in template.of_type("AWS::Serverless::Function").values()
    ]
    # The migrating function is called through what a deployment does around it.
    assert sorted([*named, "operations.migrate.handler"]) == sorted(_handlers_in_code())


@pytest.mark.parametrize(("template", "name", "properties"), FUNCTIONS)
def test_a_function_is_named_after_its_product(template: Template, name: str, properties: dict[str, Any]) -> None:
    """functions/Makefile finds the package by the first word of the name."""
    product = template.function_property(properties, "Handler").partition(".")[0]
    assert name.lower().startswith(product)
    assert re.match(r"[A-Z][a-z]+", name)[0].lower() == product  # type: ignore[index]
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    assert properties["FunctionName"] == {"Fn::Sub": f"darkroom-${{Stage}}-{kebab}"}
    assert properties["Description"]


@pytest.mark.parametrize(("template", "name", "properties"), FUNCTIONS)
def test_a_function_runs_on_the_runtime_its_artifact_is_made_for(
    template: Template, name: str, properties: dict[str, Any]
) -> None:
    made_for = dict(re.findall(r"^(\w+) := (\S+)$", (ROOT / "layers" / "python.mk").read_text(), re.MULTILINE))
    assert template.function_property(properties, "Runtime") == f"python{made_for['PYTHON_VERSION']}"
    assert template.function_property(properties, "Architectures") == ["arm64"]
    assert made_for["PLATFORM"].startswith("aarch64-")
    assert template.resources[name]["Metadata"] == {"BuildMethod": "makefile"}
    layers = [layer["Ref"] for layer in properties["Layers"]]
    assert layers[:2] == ["GroundFloorLayer", "WebLayer"]


# What of a layer tells that a function needs it. Wheels that every function may come to need are in none of these.
_TELLS = {"ImagingLayer": "PIL", "PaymentsLayer": "stripe", "ReplicateLayer": "replicate"}


@pytest.mark.parametrize(("template", "name", "properties"), FUNCTIONS)
def test_a_function_carries_no_layer_that_nothing_in_it_needs(
    template: Template, name: str, properties: dict[str, Any]
) -> None:
    ours = [ROOT / "layers" / "darkroom", ROOT / "functions"]
    module = properties["Handler"].rpartition(".")[0]
    needed = {found.partition(".")[0] for found in import_alone.reachable(module, ours)}
    mounted = {layer["Ref"] for layer in properties["Layers"]}
    assert {layer for layer in mounted & set(_TELLS) if _TELLS[layer] not in needed} == set()


@pytest.mark.parametrize(("template", "name", "properties"), FUNCTIONS)
def test_a_function_has_a_role_and_a_log_of_its_own(template: Template, name: str, properties: dict[str, Any]) -> None:
    assert "Role" not in properties  # SAM makes one for each
    assert properties["Policies"]
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Log"}
    log = template.of_type("AWS::Logs::LogGroup")[f"{name}Log"]
    assert log["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{properties['FunctionName']['Fn::Sub']}"
    assert log["RetentionInDays"]


@pytest.mark.parametrize(("template", "name", "properties"), FUNCTIONS)
def test_a_function_is_told_only_settings_that_there_are(
    template: Template, name: str, properties: dict[str, Any]
) -> None:
    known = {field.name.upper() for field in fields(Settings)}
    variables = template.function_property(properties, "Environment")["Variables"]
    shared = template.document.get("Globals", {}).get("Function", {}).get("Environment", {}).get("Variables", {})
    for variable in {*variables, *shared}:
        assert variable in known, variable


def test_a_snapshot_is_served_by_the_version_it_was_taken_of() -> None:
    """SnapStart is of published versions; without an alias $LATEST would be called, and each version costs its keep."""
    for template in TEMPLATES:
        for name, properties in template.of_type("AWS::Serverless::Function").items():
            if "SnapStart" not in properties:
                continue
            assert properties["AutoPublishAlias"] == "live"
            assert properties["VersionDeletionPolicy"] == "Delete"
            callers = template.of_type("AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission")
            called = [_text(caller) for caller in callers.values() if f'"{name}' in _text(caller)]
            assert called
            assert all(f'{{"Ref": "{name}.Alias"}}' in caller for caller in called)


@pytest.mark.parametrize(("template", "name", "properties"), FUNCTIONS)
def test_a_handler_prepares_for_a_snapshot_exactly_where_one_is_taken(
    template: Template, name: str, properties: dict[str, Any]
) -> None:
    module = template.function_property(properties, "Handler").rpartition(".")[0]
    source = (ROOT / "functions" / module.replace(".", "/")).with_suffix(".py").read_text()
    assert ("\nsnapstart.prepare(" in source) == ("SnapStart" in properties)


def test_an_api_function_gives_up_before_api_gateway_does() -> None:
    for template in PRODUCTS:
        for integration in template.of_type("AWS::ApiGatewayV2::Integration").values():
            assert integration.get("TimeoutInMillis", 29_000) <= 30_000
        for name, properties in template.of_type("AWS::Serverless::Function").items():
            if name.endswith(("Api", "Sockets")):
                assert template.function_property(properties, "Timeout") < 30


def _routes() -> dict[str, str]:
    """Each route's key and the handler behind it, of the HTTP API."""
    found = {}
    for template in PRODUCTS:
        functions = template.of_type("AWS::Serverless::Function")
        integrations = template.of_type("AWS::ApiGatewayV2::Integration")
        for route in template.of_type("AWS::ApiGatewayV2::Route").values():
            if route["ApiId"] == {"Ref": "HttpApiId"}:
                integration = re.sub(r"\W|integrations", "", route["Target"]["Fn::Sub"])
                function = integrations[integration]["IntegrationUri"]["Ref"].removesuffix(".Alias")
                assert route["RouteKey"] not in found, "two functions claim one route"
                found[route["RouteKey"]] = template.function_property(functions[function], "Handler")
    return found


def test_every_route_of_every_product_reaches_its_function() -> None:
    routes = _routes()
    table = RouteTable(Route(key, handler) for key, handler in routes.items())
    promised = json.loads((ROOT / "functions" / "operations" / "openapi.json").read_text())["paths"]
    checked = set()
    for handler in sorted(set(routes.values())):
        app = importlib.import_module(handler.rpartition(".")[0]).app
        for path, operations in app.openapi()["paths"].items():
            for method in operations:
                address = re.sub(r"\{\w+\}", "0190f3c1-0000-7000-8000-000000000000", path)
                for asked in (address, f"{address}/"):
                    reached = table.match(method.upper(), asked)
                    assert reached is not None
                    assert reached[0].function == handler, f"{method} {asked} reaches {reached[0].function}"
                checked.add((path, method))
    assert checked == {(path, method) for path, operations in promised.items() for method in operations}


def test_unknown_addresses_are_answered_in_the_platforms_own_words() -> None:
    routes = _routes()
    assert routes["$default"] == "operations.api.handler"


def test_every_api_may_call_the_functions_behind_its_routes() -> None:
    for template in PRODUCTS:
        called = {
            re.search(r'"(\w+)\.Alias"', _text(integration["IntegrationUri"]))[1]  # type: ignore[index]
            for integration in template.of_type("AWS::ApiGatewayV2::Integration").values()
        }
        permissions = template.of_type("AWS::Lambda::Permission").values()
        allowed = {permission["FunctionName"]["Ref"].removesuffix(".Alias") for permission in permissions}
        assert called <= allowed
        assert all(permission["SourceArn"] for permission in permissions)


def test_names_of_the_database_are_those_of_the_settings() -> None:
    data = next(template for template in TEMPLATES if template.name == "Data")
    assert data.of_type("AWS::RDS::DBInstance")["Database"]["DBName"] == Settings.database_name
    written = _text(data.document)
    assert f'dbuser:${{ProxyId}}/{Settings.database_user}"' in written
    assert f'{{\\"username\\": \\"{Settings.database_user}\\"}}' in written


def test_storage_forgets_exports_when_the_mail_says_so() -> None:
    storage = next(template for template in TEMPLATES if template.name == "Storage")
    rules = storage.of_type("AWS::S3::Bucket")["Uploads"]["LifecycleConfiguration"]["Rules"]
    kept = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    assert kept[f"{exports.FOLDER}/"] == exports.KEPT_DAYS
    assert kept["uploads/temp/"] == 3  # the hourly cleanup is earlier; what was paid for and waits is not lost


def test_each_stage_is_deployed_from_the_config_with_parameters_that_there_are() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    parameters = TEMPLATES[0].document["Parameters"]
    for stage in ("dev", "prod"):
        given = dict(pair.split("=", 1) for pair in config[stage]["deploy"]["parameters"]["parameter_overrides"])
        assert set(given) <= set(parameters)
        assert given["Stage"] == stage
