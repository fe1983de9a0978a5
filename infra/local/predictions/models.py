"""The models that there are: their owners, names, inputs and licences are those of the real ones.

Behind each stands the same restorer. None of them colours, so none has a `colorize`: whoever asks for it is refused, as
the real service refuses an input that a schema does not know.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.restorer.wishes import Wishes

CREATED_AT = "2026-11-01T00:00:00.000000Z"


class BadInput(ValueError):
    """The input does not fit the model's schema; the message is the service's."""


@dataclass(frozen=True)
class Model:
    """A model: which input holds the photo, which one means what to the restorer, and the schema of all."""

    owner: str
    name: str
    description: str
    license_url: str
    image: str
    properties: Mapping[str, Mapping[str, Any]]
    fidelity: str | None = None
    upscale: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def version(self) -> str:
        return hashlib.sha256(self.full_name.encode()).hexdigest()

    def wishes(self, given: Mapping[str, Any]) -> Wishes:
        """What the input asks of the restorer. Raises BadInput."""
        wrong = [f"- input: {self.image} is required"] if self.image not in given else []
        for name, value in given.items():
            fault = _fault(self.properties[name], value) if name in self.properties else "is not allowed"
            if fault:
                wrong.append(f"- input.{name}: {fault}")
        if wrong:
            raise BadInput("\n".join(wrong))
        default = Wishes()
        fidelity = given.get(self.fidelity, default.fidelity) if self.fidelity else default.fidelity
        upscale = given.get(self.upscale, default.upscale) if self.upscale else default.upscale
        return Wishes(float(fidelity), max(scale for scale in (1, 2, 4) if scale <= upscale))

    def document(self) -> dict[str, Any]:
        return {
            "url": f"https://replicate.com/{self.full_name}",
            "owner": self.owner,
            "name": self.name,
            "description": self.description,
            "visibility": "public",
            "github_url": None,
            "paper_url": None,
            "license_url": self.license_url,
            "run_count": 0,
            "cover_image_url": None,
            "default_example": None,
            "latest_version": self.version_document(),
        }

    def version_document(self) -> dict[str, Any]:
        schema = {"type": "object", "title": "Input", "required": [self.image], "properties": self.properties}
        output = {"type": "string", "title": "Output", "format": "uri"}
        return {
            "id": self.version,
            "created_at": CREATED_AT,
            "cog_version": "0.16.0",
            "openapi_schema": {"openapi": "3.0.2", "components": {"schemas": {"Input": schema, "Output": output}}},
        }


def _fault(schema: Mapping[str, Any], value: Any) -> str:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    }  # fmt: skip
    if not isinstance(value, kinds[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return f"Invalid type. Expected: {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {schema['enum']}"
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        return f"must be between {schema['minimum']} and {schema['maximum']}"
    return ""


_URI = {"type": "string", "format": "uri"}

_ALL = (
    Model(
        owner="darkroom",
        name="restorer",
        description="Restores old photos: scratches, dust, noise, faded tones and colours. Does not colour.",
        license_url="https://opensource.org/license/mit",
        image="image",
        fidelity="fidelity",
        upscale="upscale",
        properties={
            "image": _URI,
            "fidelity": {"type": "number", "default": 0.7, "minimum": 0, "maximum": 1},
            "upscale": {"type": "integer", "default": 1, "enum": [1, 2, 4]},
        },
    ),
    Model(
        owner="tencentarc",
        name="gfpgan",
        description="Practical face restoration algorithm for old photos or AI-generated faces",
        license_url="https://github.com/TencentARC/GFPGAN/blob/master/LICENSE",
        image="img",
        upscale="scale",
        properties={
            "img": _URI,
            "version": {"type": "string", "default": "v1.4", "enum": ["v1.2", "v1.3", "v1.4", "RestoreFormer"]},
            "scale": {"type": "number", "default": 2, "minimum": 1, "maximum": 4},
        },
    ),
    Model(
        owner="microsoft",
        name="bringing-old-photos-back-to-life",
        description="Bringing Old Photos Back to Life",
        license_url="https://github.com/microsoft/Bringing-Old-Photos-Back-to-Life/blob/master/LICENSE",
        image="image",
        properties={
            "image": _URI,
            "HR": {"type": "boolean", "default": False},
            "with_scratch": {"type": "boolean", "default": False},
        },
    ),
)


def all_models() -> tuple[Model, ...]:
    return _ALL


def find(owner: str, name: str) -> Model | None:
    return next((model for model in _ALL if (model.owner, model.name) == (owner, name)), None)


def by_version(wanted: str) -> Model | None:
    """By a version's id, alone or after the model's name, or by the name alone, all of which the service takes."""
    for model in _ALL:
        if wanted in {model.version, f"{model.full_name}:{model.version}", model.full_name}:
            return model
    return None
