"""Pictures into a film: H.264 in an MP4, as every browser and telephone plays it, its index first, so that it begins
before it has been fetched whole.

PyAV brings its own encoder and decodes nothing here, and pictures go from Pillow to it without numpy. A film is written
to a file, because the index is moved to the front when everything else is known; memory holds a few frames, however
many there are.
"""

import io
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from PIL import Image

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

CONTENT_TYPE: Final = "video/mp4"

_LARGEST: Final = (1920, 1080)
_SMALLEST: Final = 16  # a macroblock
_BT709: Final = 1  # what players take for granted at these sizes; said all the same
# So that the file fits where it is written, whatever the photos show: 5,000 frames of the largest size are 500 MB.
_BITS_A_FRAME: Final = 800_000


class NoPicture(Exception):
    """These bytes are none, or not whole."""


def decoded(content: bytes) -> Image.Image:
    """A picture in memory."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NoPicture from error


def shape_of(size: tuple[int, int]) -> tuple[int, int]:
    """A film's width and height after its first picture: no larger than Full HD, never enlarged, both even."""
    scale = min(1.0, *(most / edge for most, edge in zip(_LARGEST, size, strict=True)))
    width, height = (max(_SMALLEST, int(edge * scale) // 2 * 2) for edge in size)
    return width, height


def letterboxed(picture: Image.Image, shape: tuple[int, int]) -> Image.Image:
    """The whole picture in this shape, with black at its sides where it has another one."""
    if picture.size == shape:
        return picture
    scale = min(most / edge for most, edge in zip(shape, picture.size, strict=True))
    width, height = (max(1, round(edge * scale)) for edge in picture.size)
    boxed = Image.new("RGB", shape)
    smaller = picture.resize((width, height), Image.Resampling.BICUBIC)
    boxed.paste(smaller, ((shape[0] - width) // 2, (shape[1] - height) // 2))
    return boxed


class Film:
    """with Film(path, fps) as film: film.add(picture) ...

    Without any picture there is no file.
    """

    def __init__(self, path: Path, fps: int) -> None:
        self.frames = 0
        self._path = path
        self._fps = fps
        self._shape = (0, 0)
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._container is None:
            return
        try:
            if kind is None and self._stream is not None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()

    @property
    def seconds(self) -> float:
        return self.frames / self._fps

    def add(self, picture: Image.Image) -> None:
        """The next frame. The first one decides the film's shape."""
        import av
        from av.video.reformatter import ColorRange, Colorspace

        container, stream = self._opened(picture.size)
        boxed = letterboxed(picture, self._shape)
        frame = av.VideoFrame.from_image(boxed).reformat(  # type: ignore[no-untyped-call]
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        frame.pts = self.frames
        frame.time_base = Fraction(1, self._fps)
        container.mux(stream.encode(frame))
        self.frames += 1

    def _opened(self, first: tuple[int, int]) -> "tuple[OutputContainer, VideoStream]":
        if self._container is None or self._stream is None:
            import av
            from av.video.reformatter import ColorRange, Colorspace

            self._shape = shape_of(first)
            self._container = av.open(str(self._path), "w", format="mp4", options={"movflags": "+faststart"})
            stream = self._container.add_stream("libx264", rate=self._fps, options=self._quality())
            stream.width, stream.height = self._shape
            stream.pix_fmt = "yuv420p"
            coding = stream.codec_context
            coding.colorspace, coding.color_range = Colorspace.ITU709, ColorRange.MPEG
            coding.color_primaries = coding.color_trc = _BT709
            self._stream = stream
        return self._container, self._stream

    def _quality(self) -> dict[str, str]:
        most = _BITS_A_FRAME * self._fps
        return {"preset": "veryfast", "crf": "22", "maxrate": str(most), "bufsize": str(2 * most)}
