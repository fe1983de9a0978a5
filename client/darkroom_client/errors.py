"""What can go wrong, in words for a person. Everything that this package raises on purpose is a DarkroomError."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from darkroom_client.documents import Job


class DarkroomError(Exception):
    """Something that a person can understand and act on."""


class Unreachable(DarkroomError):
    """The server could not be reached, or went on failing."""


class NotSignedIn(DarkroomError):
    """There is no session, or it has ended."""

    def __init__(self, why: str = "You are not signed in. Sign in with `darkroom login`.") -> None:
        super().__init__(why)


class Stopped(DarkroomError):
    """It was told to stop."""

    def __init__(self) -> None:
        super().__init__("Stopped.")


class JobFailed(DarkroomError):
    """A job ended without its result."""

    def __init__(self, job: "Job") -> None:
        super().__init__(job.error_message or "The job failed.")
        self.job = job


class Refused(DarkroomError):
    """The server said no, and why: a problem document (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.detail = str(problem.get("detail") or problem.get("title") or f"The server answered {status}.")
        self.request_id = str(problem.get("request_id") or "")
        self.fields: Sequence[tuple[str, str]] = tuple(
            (str(field.get("field", "")), str(field.get("message", ""))) for field in problem.get("errors") or ()
        )
        super().__init__(self.detail)

    def __str__(self) -> str:
        """The detail and each field's own words; those of the first few, when there are many."""
        told = [f"{field}: {message}" for field, message in self.fields[:5]]
        more = [f"… and {len(self.fields) - 5} more"] if len(self.fields) > 5 else []
        return "\n  ".join([self.detail, *told, *more])
