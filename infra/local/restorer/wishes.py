"""What may be wished for. Imports nothing large: the stack itself knows it too."""

from dataclasses import dataclass

SCALES = (1, 2, 4)
_USUAL = 0.7
_LEAST, _MOST = 0.2, 1.6


@dataclass(frozen=True)
class Wishes:
    """How to restore. A fidelity of 1 changes as little as possible."""

    fidelity: float = _USUAL
    upscale: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.fidelity <= 1:
            raise ValueError("fidelity lies between 0 and 1")
        if self.upscale not in SCALES:
            raise ValueError("upscale is 1, 2 or 4")

    @property
    def amount(self) -> float:
        """1 at the usual fidelity, less above, more below."""
        if self.fidelity >= _USUAL:
            return 1.0 - (1.0 - _LEAST) * (self.fidelity - _USUAL) / (1 - _USUAL)
        return 1.0 + (_MOST - 1.0) * (_USUAL - self.fidelity) / _USUAL
