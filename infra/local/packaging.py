"""What `sam package` does, for the emulator: local paths in the templates become addresses in a bucket.

Nothing else in a template changes. Code is not uploaded: functions run from the working tree (environments.py), so
every code location points at one tiny archive.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

BUCKET = "darkroom-deployments"
CODE_KEY = "code.zip"
_TEMPLATE_PROPERTIES = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_CODE_PROPERTIES = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
# libyaml's where there are such: those in Python take most of a second over templates of this length.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def code_archive() -> bytes:
    """The same bytes every time, so that an unchanged stack stays unchanged."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("README"), "Functions of the local stack run from the working tree.\n")
    return archive.getvalue()


class Package:
    """A template and the nested ones below it, rewritten. `files` is what has to be in the bucket."""

    def __init__(self, root: Path, endpoint: str) -> None:
        self._endpoint = endpoint
        self.files: dict[str, bytes] = {CODE_KEY: code_archive()}
        self.template = self._rewrite(root)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.template.encode()).hexdigest()

    def _rewrite(self, path: Path) -> str:
        document = yaml.compose(path.read_text(), Loader=_LOADER)
        globals_ = _at(document, "Globals", "Function")
        if globals_ is not None:
            self._rewrite_code(globals_, "CodeUri")
        for kind, properties in _resources(document):
            if kind in _TEMPLATE_PROPERTIES:
                self._rewrite_location(properties, _TEMPLATE_PROPERTIES[kind], path.parent)
            elif kind in _CODE_PROPERTIES:
                self._rewrite_code(properties, _CODE_PROPERTIES[kind])
        return str(yaml.serialize(document, Dumper=_DUMPER))

    def _rewrite_location(self, properties: yaml.MappingNode, name: str, folder: Path) -> None:
        location = _at(properties, name)
        if not isinstance(location, yaml.ScalarNode) or "://" in location.value:
            return
        nested = self._rewrite(folder / location.value).encode()
        key = f"{Path(location.value).stem}-{hashlib.sha256(nested).hexdigest()[:16]}.yaml"
        self.files[key] = nested
        location.value = f"{self._endpoint}/{BUCKET}/{key}"

    @staticmethod
    def _rewrite_code(properties: yaml.MappingNode, name: str) -> None:
        location = _at(properties, name)
        if isinstance(location, yaml.ScalarNode):
            location.value = f"s3://{BUCKET}/{CODE_KEY}"


def _resources(document: Any) -> Iterator[tuple[str, yaml.MappingNode]]:
    resources = _at(document, "Resources")
    for _name, resource in resources.value if resources is not None else ():
        kind, properties = _at(resource, "Type"), _at(resource, "Properties")
        if kind is not None and isinstance(properties, yaml.MappingNode):
            yield kind.value, properties


def _at(node: Any, *names: str) -> Any:
    """The node under these keys, or None."""
    for name in names:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == name), None)
    return node
