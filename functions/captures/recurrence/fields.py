"""The fields of a cron expression that are lists of numbers: values, ranges and steps, separated by commas."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from captures.recurrence.errors import BadExpression

_PART = re.compile(r"(?P<first>\*|[0-9]+|[A-Za-z]+)(?:-(?P<last>[0-9]+|[A-Za-z]+))?(?:/(?P<step>[0-9]+))?")


@dataclass(frozen=True)
class Field:
    name: str
    lowest: int
    highest: int
    names: Mapping[str, int] = field(default_factory=dict)
    takes_steps: bool = True

    def read(self, text: str) -> tuple[int, ...]:
        """What the field includes, in order."""
        return tuple(sorted({number for part in text.split(",") for number in self._part(part)}))

    def number(self, text: str) -> int:
        """One value, written as a number or as a name."""
        number = self.names.get(text.upper())
        if number is None:
            if not text.isascii() or not text.isdecimal():
                names = f" or {min(self.names, key=self.names.__getitem__)} and so on" if self.names else ""
                raise BadExpression(f"{self.name} go from {self.lowest} to {self.highest}{names}; this says {text!r}.")
            number = int(text[:9])
        if not self.lowest <= number <= self.highest:
            raise BadExpression(f"{self.name} go from {self.lowest} to {self.highest}; this says {text}.")
        return number

    def _part(self, text: str) -> Iterator[int]:
        found = _PART.fullmatch(text)
        if not found:
            raise BadExpression(f"{self.name} cannot be read: {text!r} is nothing like {self._like}.")
        first, last = self._ends(found["first"], found["last"], has_step=found["step"] is not None)
        if first > last:
            forwards = f"{found['first']}-{self.highest},{self.lowest}-{found['last']}"
            raise BadExpression(f"{self.name} run backwards in {text}; write {forwards}.")
        yield from range(first, last + 1, self._step(found["step"]))

    def _ends(self, first: str, last: str | None, *, has_step: bool) -> tuple[int, int]:
        if first == "*":
            if last is not None:
                raise BadExpression(f"{self.name}: * is every value already and takes no range.")
            return self.lowest, self.highest
        start = self.number(first)
        if last is not None:
            return start, self.number(last)
        return start, self.highest if has_step else start

    def _step(self, text: str | None) -> int:
        if text is None:
            return 1
        if not self.takes_steps:
            raise BadExpression(f"{self.name} take no / steps; list the days, as in MON,WED,FRI.")
        step = int(text[:9])
        longest = self.highest - self.lowest
        if not 1 <= step <= longest:
            raise BadExpression(f"{self.name} can be stepped through by 1 to {longest}; this says /{text}.")
        return step

    @property
    def _like(self) -> str:
        return f"{self.lowest}, {self.lowest}-{self.highest}" + (" or */2" if self.takes_steps else "")


_MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

MINUTES = Field("Minutes", 0, 59)
HOURS = Field("Hours", 0, 23)
DAYS_OF_MONTH = Field("Days of the month", 1, 31)
MONTHS = Field("Months", 1, 12, {name: number for number, name in enumerate(_MONTH_NAMES, 1)})
WEEKDAYS = Field(
    "Days of the week", 1, 7, {name: number for number, name in enumerate(_WEEKDAY_NAMES, 1)}, takes_steps=False
)
YEARS = Field("Years", 1970, 2199)
