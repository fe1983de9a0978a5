"""Provisional."""


def name_of(latitude: float, longitude: float) -> str | None:
    return None
