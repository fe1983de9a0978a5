"""Reads the SAM templates: a template and those nested below it, with CloudFormation's short tags spelled out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "template.yaml"

Document = dict[str, Any]


_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where it is there


class _Loader(_FAST):  # type: ignore[misc]
    """YAML as CloudFormation writes it."""


def _spell_out(loader: _Loader, tag: str, node: yaml.Node) -> Document:
    """`!Ref X` is {"Ref": "X"}, `!GetAtt A.B` is {"Fn::GetAtt": ["A", "B"]}."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _spell_out)


@dataclass(frozen=True)
class Template:
    """One file. `name` is its resource's in the template above it; the topmost one's is empty."""

    name: str
    path: Path
    document: Document

    @property
    def resources(self) -> dict[str, Document]:
        resources: dict[str, Document] = self.document["Resources"]
        return resources

    def of_type(self, *kinds: str) -> dict[str, Document]:
        """The properties of the resources of these types."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] in kinds
        }

    def function_property(self, properties: Document, name: str) -> Any:
        """What a function has, by itself or by the template's Globals."""
        shared = self.document.get("Globals", {}).get("Function", {}).get(name)
        own = properties.get(name)
        return {**shared, **own} if isinstance(shared, dict) and isinstance(own, dict) else own or shared


def load(path: Path = MAIN, name: str = "") -> Template:
    return Template(name, path, yaml.load(path.read_text(), Loader=_Loader))  # noqa: S506 - a SafeLoader


def load_all(path: Path = MAIN, name: str = "") -> Iterator[Template]:
    """A template and everything nested below it."""
    template = load(path, name)
    yield template
    for child, properties in template.of_type("AWS::CloudFormation::Stack").items():
        yield from load_all(path.parent / properties["TemplateURL"], child)
