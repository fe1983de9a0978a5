"""Guards run before the body is looked at: who is not let in learns nothing about what the body should be.

FastAPI reads and parses the body before it solves dependencies. A guard is a dependency like any other to the route
that names it; the route class finds it beforehand, runs it first, and the dependency then only hands over the result.
"""

from collections.abc import Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.security.base import SecurityBase
from starlette.requests import Request


class Guard(SecurityBase):
    """A dependency that is decided before the body is read. Subclasses say how in `admit`."""

    def admit(self, request: Request) -> Any:
        """Let the request in and answer what the route gets, or raise a Problem."""
        raise NotImplementedError

    async def __call__(self, request: Request) -> Any:
        return request.scope["darkroom.admitted"][self]


def guards_of(dependant: Dependant) -> list[Guard]:
    """The guards that a route depends on, directly or not, in the order they are named."""
    return list(dict.fromkeys(_walk(dependant)))


def _walk(dependant: Dependant) -> Iterator[Guard]:
    for dependency in dependant.dependencies:
        yield from _walk(dependency)
        if isinstance(dependency.call, Guard):
            yield dependency.call


def admit_all(request: Request, guards: list[Guard]) -> None:
    """Run every guard and keep what each answered."""
    request.scope["darkroom.admitted"] = {guard: guard.admit(request) for guard in guards}
