"""How the service shows things in JSON, and the ids it gives them."""

import secrets
from datetime import UTC, datetime
from typing import Any

from infra.local.predictions.store import Prediction

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))


def moment(at: float | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(prediction: Prediction, address: str) -> dict[str, Any]:
    """A prediction, as it is answered and as webhooks carry it."""
    here = f"{address}/v1/predictions/{prediction.id}"
    metrics: dict[str, float] = {}
    if prediction.completed_at is not None:
        metrics["total_time"] = round(prediction.completed_at - prediction.created_at, 3)
        if prediction.started_at is not None:
            metrics["predict_time"] = round(prediction.completed_at - prediction.started_at, 3)
    return {
        "id": prediction.id,
        "model": prediction.model,
        "version": prediction.version,
        "input": prediction.input,
        "logs": prediction.logs,
        "output": prediction.output,
        "data_removed": prediction.data_removed,
        "error": prediction.error,
        "status": prediction.status,
        "created_at": moment(prediction.created_at),
        "started_at": moment(prediction.started_at),
        "completed_at": moment(prediction.completed_at),
        "metrics": metrics,
        "urls": {"get": here, "cancel": f"{here}/cancel"},
    }
