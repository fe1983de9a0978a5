"""Which provider the functions are told of: the real one with a key in the environment, the stand-in without."""

from pathlib import Path

import pytest

from infra.local import keys
from infra.local.home import Home
from infra.local.parameters import parameters
from infra.local.stand_ins.framework import Surroundings

_PROVIDERS = [
    ("QSTASH_TOKEN", "QstashUrl", "qstash"),
    ("SENDGRID_API_KEY", "SendgridUrl", "mail"),
    ("STRIPE_SECRET_KEY", "StripeUrl", "stripe"),
]


@pytest.mark.parametrize(("variable", "parameter", "service"), _PROVIDERS)
def test_a_key_chooses_the_real_service(
    tmp_path: Path, environment: pytest.MonkeyPatch, variable: str, parameter: str, service: str
) -> None:
    surroundings = Surroundings(Home(tmp_path), "http://127.0.0.1:8000", "http://127.0.0.1:4566", {})
    environment.delenv(variable, raising=False)
    assert parameters(surroundings, "")[parameter] == f"http://127.0.0.1:8000/_local/services/{service}"
    environment.setenv(variable, "real")
    assert parameter not in parameters(surroundings, "")  # the template knows the service's own address


def test_stripes_key_looks_like_one_and_is_never_a_live_one(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("STRIPE_SECRET_KEY", raising=False)
    assert keys.load(Home(tmp_path))["stripe_secret_key"].startswith("sk_test_")
    environment.setenv("STRIPE_SECRET_KEY", "sk_test_of_somebody")
    assert keys.load(Home(tmp_path))["stripe_secret_key"] == "sk_test_of_somebody"
