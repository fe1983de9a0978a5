"""Numbers and lists as people say them."""

from collections.abc import Sequence


def every(count: int, unit: str) -> str:
    return f"Every {unit}" if count == 1 else f"Every {count} {unit}s"


def ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def span(numbers: Sequence[int]) -> tuple[int, int] | None:
    """First and last of numbers that follow on one another; None when there are gaps."""
    is_whole = numbers[-1] - numbers[0] + 1 == len(numbers)
    return (numbers[0], numbers[-1]) if is_whole else None


def step(numbers: Sequence[int], around: int) -> int | None:
    """How far apart numbers are that come evenly, all the way around a clock; None when they do not."""
    if len(numbers) < 2 or around % len(numbers):
        return None
    apart = around // len(numbers)
    is_even = all(number == numbers[0] + place * apart for place, number in enumerate(numbers))
    return apart if is_even else None
