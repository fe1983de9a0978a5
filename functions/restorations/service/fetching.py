"""What a download link leads to."""


def fetch(token: str) -> str | int:
    """The address of the file, which counts as a download; or how many seconds later to ask again. Raises Forbidden."""
    raise NotImplementedError
