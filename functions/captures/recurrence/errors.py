"""What is wrong with an expression, told so that a person can mend it."""

from typing import Literal


class BadExpression(ValueError):
    """`reason` is a whole sentence; `field` says which of a schedule's fields it is about."""

    def __init__(self, reason: str, field: Literal["expression", "timezone", "ends_at"] = "expression") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
