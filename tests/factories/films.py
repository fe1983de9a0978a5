"""Films opened again: what a player would see."""

import io
from typing import Any, NamedTuple

from PIL import Image

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 50, 220), "white": (240, 240, 240)}


class Shown(NamedTuple):
    """A film's shape and frames, in the order in which they are shown."""

    size: tuple[int, int]
    frames: list[Image.Image]
    fps: float
    seconds: float
    codec: str
    pixels: str

    @property
    def colours(self) -> list[str]:
        """What the middle of each frame shows."""
        return [colour_at(frame, frame.width // 2, frame.height // 2) for frame in self.frames]


def colour_at(picture: Image.Image, x: int, y: int) -> str:
    seen: Any = picture.getpixel((x, y))
    known = {**COLOURS, "black": (0, 0, 0)}
    return min(known, key=lambda name: sum((a - b) ** 2 for a, b in zip(known[name], seen, strict=True)))


def plain(colour: str, size: tuple[int, int] = (320, 240)) -> Image.Image:
    return Image.new("RGB", size, COLOURS[colour])


def webp(colour: str, size: tuple[int, int] = (320, 240)) -> bytes:
    out = io.BytesIO()
    plain(colour, size).save(out, "WEBP", quality=80)
    return out.getvalue()


def shown(content: bytes) -> Shown:
    import av

    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.video[0]
        frames = [frame.to_image() for frame in container.decode(stream)]  # type: ignore[no-untyped-call]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.average_rate is not None
        return Shown(
            size=(stream.width, stream.height),
            frames=frames,
            fps=float(stream.average_rate),
            seconds=float(stream.duration * stream.time_base),
            codec=stream.codec_context.name,
            pixels=stream.codec_context.pix_fmt or "",
        )
