"""The size of a HEIC photo, read from its boxes without a decoder.

Two places say how large a picture is: the image's `ispe` property and, inside its decoder configuration, the HEVC
sequence header. The decoder believes the second, so a bomb would lie in the first: the larger of both is reported.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_LARGEST_META = 8_000_000  # the boxes that describe the picture; real ones are some kilobytes
_HEVC_SEQUENCE_HEADER = 33
_PROFILE_BITS = 88
_LEVEL_BITS = 8
_CHROMA_444 = 3


def read_heif_header(file: BinaryIO) -> tuple[int, int]:
    """Width and height of the largest picture in the file; ValueError or struct.error when it cannot be told."""
    properties = _child(_child(_meta(file), b"iprp"), b"ipco")
    sizes: list[tuple[int, int]] = []
    for kind, body in _boxes(properties):
        if kind == b"ispe":
            sizes.append(struct.unpack(">4xII", body[:12]))
        elif kind == b"hvcC":
            sizes.extend(_sequence_sizes(body))
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    if width < 1 or height < 1:
        raise ValueError("a picture without a size")
    return width, height


def _meta(file: BinaryIO) -> bytes:
    """The body of the top-level `meta` box, which may stand after megabytes of picture data."""
    position = 0
    while True:
        file.seek(position)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            header = 16
        if kind == b"meta":
            if not header + 4 <= size <= _LARGEST_META:
                raise ValueError("a description of no sensible size")
            return file.read(size - header)[4:]
        if size < header:
            raise ValueError("no description of the picture")
        position += size


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(body):
        size, kind = struct.unpack_from(">I4s", body, position)
        if size < 8 or position + size > len(body):
            raise ValueError("a box that leaves its parent")
        yield kind, body[position + 8 : position + size]
        position += size


def _child(body: bytes, wanted: bytes) -> bytes:
    for kind, child in _boxes(body):
        if kind == wanted:
            return child
    raise ValueError("a box is missing")


def _sequence_sizes(configuration: bytes) -> Iterator[tuple[int, int]]:
    position = 23
    for _ in range(configuration[22]):
        kind, count = struct.unpack_from(">BH", configuration, position)
        position += 3
        for _ in range(count):
            (length,) = struct.unpack_from(">H", configuration, position)
            unit = configuration[position + 2 : position + 2 + length]
            position += 2 + length
            if kind & 0x3F == _HEVC_SEQUENCE_HEADER:
                yield _sequence_size(unit)


def _sequence_size(unit: bytes) -> tuple[int, int]:
    """Reads an HEVC sequence parameter set (ITU-T H.265, 7.3.2.2) as far as its size."""
    bits = _Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))
    bits.take(4)
    sub_layers = bits.take(3)
    bits.take(1)
    bits.take(_PROFILE_BITS + _LEVEL_BITS)
    present = [(bits.take(1), bits.take(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.take(2 * (8 - sub_layers))
    for profile, level in present:
        bits.take(profile * _PROFILE_BITS + level * _LEVEL_BITS)
    bits.exponential()
    if bits.exponential() == _CHROMA_444:
        bits.take(1)
    return bits.exponential(), bits.exponential()


class _Bits:
    """Bits of a byte string, from the most significant on."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("a sequence header that ends early")
        return self._value >> self._left & ((1 << count) - 1)

    def exponential(self) -> int:
        """An unsigned Exp-Golomb number: as many leading zeros as there are bits after the first one."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)
