"""What can go wrong, in words for a person, and the exit status that each makes of the command."""

from typing import ClassVar


class AgentError(Exception):
    """Something that a person can understand and act on."""

    exit_status: ClassVar[int] = 1


class WrongUsage(AgentError):
    """The command was called wrongly."""

    exit_status = 2


class NotPaired(AgentError):
    """There is no device that this agent could be."""

    exit_status = 3

    def __init__(
        self, why: str = "This agent is not paired. Pair it with `darkroom-agent pair CODE --api URL`."
    ) -> None:
        super().__init__(why)


class CameraFailed(AgentError):
    """The camera gave no photo."""

    exit_status = 4


class Refused(AgentError):
    """The API said no, and why."""

    exit_status = 5

    def __init__(self, status: int | None, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Revoked(Refused):
    """The device's token opens nothing any more."""

    def __init__(self) -> None:
        super().__init__(
            401, "Darkroom does not know this device any more. Its photos stay here; pair it again to send them."
        )


class Paused(AgentError):
    """Its owner has paused the device: no photo is taken, by anyone."""

    exit_status = 6

    def __init__(self) -> None:
        super().__init__("The device is paused by its owner.")


class Unreachable(AgentError):
    """Something on the way failed, and may well work later."""

    def __init__(self, why: str, *, status: int | None = None, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.status = status
        """What was answered, if anything was."""
        self.retry_after = retry_after


class NotYet(Unreachable):
    """One photo could not be brought this time. That says nothing about others."""


class SpoolFull(AgentError):
    """There is no room for another photo until older ones are sent."""


class Stopped(AgentError):
    """The agent was told to stop."""
