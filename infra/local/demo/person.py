"""Who the demo is about, and what a product's part of it gets to work with."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from darkroom_client import Client, Journal

EMAIL: Final = "demo@darkroom.localhost"
PASSWORD: Final = "a roll of thirty-six"  # noqa: S105 - it is printed, and opens nothing but a stack on loopback
NAME: Final = "Mira Demo"


@dataclass(frozen=True)
class Person:
    """`client` is signed in; `folder` is the demo's own, kept between runs."""

    client: Client
    journal: Journal
    folder: Path
    web: str
    agent: Path
    """The home of the camera's agent, which the stack keeps running once it is paired."""


def say(text: str) -> None:
    """How far it is, where there is a terminal to say it to."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {text}", end="", flush=True)
