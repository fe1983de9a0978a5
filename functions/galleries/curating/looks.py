"""Provisional."""

from PIL.Image import Image


def look(picture: Image) -> bytes:
    return bytes(picture.convert("L").resize((8, 8)).tobytes())
