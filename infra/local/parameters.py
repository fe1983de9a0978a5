"""The template's parameters for this machine: where the database, the web app and the providers are.

Only names that the template has are passed (deployment.py), and only values that differ from AWS stand here.
"""

import os

from infra.local.stand_ins.framework import PREFIX, Desk

_PROVIDERS = {"qstash": ("QstashUrl", "QSTASH_TOKEN"), "mail": ("SendgridUrl", "SENDGRID_API_KEY")}


def parameters(origin: str, endpoint: str, database: str, desk: Desk) -> dict[str, str]:
    stand_ins = {
        name: f"{origin}{PREFIX}{service}" for service, (name, key) in _PROVIDERS.items() if not os.environ.get(key)
    }
    return {
        "Stage": "local",
        "Database": "external",
        "DatabaseUrl": database,
        "Edge": "external",
        "WebOrigin": origin,
        "PublicWebsocketUrl": origin.replace("http", "ws", 1) + "/ws",
        "WebSocketManagement": f"{endpoint}/_aws/execute-api",
        **stand_ins,
    }
