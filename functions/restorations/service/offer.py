"""What a photo costs and what the configured model can be asked for."""

import json
from functools import lru_cache
from typing import Any, Final

from darkroom import ledger, storage
from darkroom.settings import settings

FIDELITY: Final = "$fidelity"
COLORIZE: Final = "$colorize"
UPSCALE: Final = "$upscale"
IMAGE: Final = "$image"
SCALES: Final = (1, 2, 4)


def shown() -> dict[str, Any]:
    return {
        "price_cents": settings().restoration_price_cents,
        "currency": ledger.CURRENCY,
        "max_files": settings().restoration_files_max,
        "max_bytes": storage.PHOTO_BYTES_MAX,
        "content_types": list(storage.PHOTO_TYPES),
        "options": {
            "fidelity": takes(FIDELITY),
            "colorize": takes(COLORIZE),
            "upscale": list(SCALES) if takes(UPSCALE) else [1],
        },
    }


def takes(wish: str) -> bool:
    """Whether the model has an input that this wish goes into."""
    return wish in model_input(settings().replicate_input).values()


@lru_cache(maxsize=4)
def model_input(text: str) -> dict[str, Any]:
    """The model's inputs; a value that begins with $ is filled in for each photo."""
    document: dict[str, Any] = json.loads(text)
    return document
