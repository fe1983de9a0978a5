"""Asks Gemini."""

from darkroom.secrets import secret


def is_configured() -> bool:
    """Whether there is a key."""
    try:
        return bool(secret("gemini_api_key"))
    except LookupError:
        return False
