"""Whether there is a vision model.

Apart from its adapter (gemini.py), so that the API can ask this without the SDK among its layers.
"""

from darkroom.secrets import secret


def key() -> str:
    """Its key; empty when there is none."""
    return secret("gemini_api_key", default="").strip()


def is_configured() -> bool:
    return bool(key())
