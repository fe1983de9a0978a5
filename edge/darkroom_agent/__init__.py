"""The agent beside a camera: it takes photos when Darkroom asks or a schedule says so, and brings every one of them."""

from typing import Final

VERSION: Final = "0.1.0"
