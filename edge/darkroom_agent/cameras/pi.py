"""The Raspberry Pi's own camera, by picamera2, which is there on a Pi only (`apt install python3-picamera2`)."""

import importlib
import io
import time
from typing import Final

from darkroom_agent.cameras.source import Source
from darkroom_agent.errors import CameraFailed

_WARM_UP: Final = 1.0


class PiSource(Source):
    identity = "picamera"
    name = "Raspberry Pi camera"

    def take(self) -> bytes:
        try:
            library = importlib.import_module("picamera2")
        except ImportError:
            raise CameraFailed(
                "picamera2 is not there. On a Raspberry Pi: `sudo apt install python3-picamera2`, and an environment"
                " made with --system-site-packages."
            ) from None
        written = io.BytesIO()
        try:
            camera = library.Picamera2()
            try:
                camera.configure(camera.create_still_configuration())
                camera.start()
                time.sleep(_WARM_UP)
                camera.capture_file(written, format="jpeg")
            finally:
                camera.close()
        except (RuntimeError, IndexError, OSError) as error:
            raise CameraFailed(f"The Pi's camera failed: {error}") from None
        return written.getvalue()
