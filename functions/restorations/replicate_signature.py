"""Whether a webhook was signed by Replicate, by its own SDK."""

from collections.abc import Mapping


def verified(body: bytes, headers: Mapping[str, str]) -> str:
    """The id of the prediction that it tells of, or BadRequest."""
    raise NotImplementedError
