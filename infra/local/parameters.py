"""The template's parameters for this machine: where the database, the web app and the providers are.

A provider whose key is in the environment (keys.py) is the real one; the template knows its address already. Gemini is
the real one unless its stand-in is asked for: without a key nobody calls it.
"""

import json
import os

from infra.local import keys
from infra.local.ports import LOOPBACK
from infra.local.stand_ins import faces
from infra.local.stand_ins.framework import Surroundings

_PROVIDERS = {
    "QstashUrl": ("qstash", "QSTASH_TOKEN"),
    "StripeUrl": ("stripe", "STRIPE_SECRET_KEY"),
    "ReplicateUrl": ("replicate", "REPLICATE_API_TOKEN"),
    "SendgridUrl": ("mail", "SENDGRID_API_KEY"),
}


def parameters(surroundings: Surroundings, database: str) -> dict[str, str]:
    """What differs from AWS."""
    port = surroundings.origin.rpartition(":")[2]
    return {
        "Stage": "local",
        "Database": "external",
        "DatabaseUrl": database,
        "Edge": "external",
        "MailDomain": "darkroom.localhost",  # SES knows no domain of one word
        "WebOrigin": surroundings.origin,
        "PublicWebsocketUrl": f"ws://{LOOPBACK}:{port}/ws",
        "WebSocketManagement": f"{surroundings.emulator}/_aws/execute-api",
        **{
            parameter: surroundings.address(service)
            for parameter, (service, key) in _PROVIDERS.items()
            if not os.environ.get(key)
        },
        **({"GeminiUrl": surroundings.address("gemini")} if keys.is_gemini_stand_in() else {}),
        "GeminiModel": os.environ.get("GEMINI_MODEL", ""),
        **_restorer(),
        "FacesEndpoint": faces.ENDPOINT,  # SageMaker's runtime is a stand-in, and the container a process beside it
    }


def _restorer() -> dict[str, str]:
    """The stand-in's own model, unless the real service is asked: then the one that the environment names."""
    if os.environ.get("REPLICATE_API_TOKEN"):
        return {
            "ReplicateModel": os.environ.get("REPLICATE_MODEL", ""),
            "ReplicateInput": os.environ.get("REPLICATE_INPUT", ""),
        }
    given = {"image": "$image", "fidelity": "$fidelity", "upscale": "$upscale"}
    return {"ReplicateModel": "darkroom/restorer", "ReplicateInput": json.dumps(given)}
