"""Kills at any point: before and after each effect in turn, so that what is left half done can be seen.

As a BaseException: nothing catches it, as nothing catches SIGKILL. Or, where a test wants to see what a failure leaves
to its retry, as one that handlers catch.
"""

from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    pass


class Failed(Exception):
    pass


class Reaper:
    """Kills at the n-th point, counted over everything that has an effect."""

    def __init__(self, how: type[BaseException] = Killed) -> None:
        self.how = how
        self.passed = 0
        self.at = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise self.how

    def around(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            self.point()
            result = effect(*args, **options)
            self.point()
            return result

        return watched

    def after(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        """Where every effect is watched, "before the next" is "after the last": half as many points say as much."""

        def watched(*args: Any, **options: Any) -> Any:
            result = effect(*args, **options)
            self.point()
            return result

        return watched
