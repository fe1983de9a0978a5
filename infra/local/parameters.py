"""The template's parameters for this machine: where the database, the web app and the providers are.

Only names that the template has are passed (deployment.py), and only values that differ from AWS stand here.
"""

from infra.local.stand_ins.framework import Desk, Surroundings  # noqa: F401

_PROVIDERS = {"qstash": ("QstashUrl", "QSTASH_TOKEN"), "mail": ("SendgridUrl", "SENDGRID_API_KEY")}


def parameters(origin: str, endpoint: str, database: str, desk: Desk) -> dict[str, str]:
    return {"Stage": "local"}
