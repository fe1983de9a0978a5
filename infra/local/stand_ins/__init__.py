"""Stand-ins: small servers that speak a provider's protocol, for when there is no key for the provider itself.

Each is one module or package here with a `stand_in(surroundings)` function; `load` finds them. All of them record their
calls and can be told to fail (framework.py), which the console's JSON exposes.
"""

import importlib
import pkgutil
from pathlib import Path

from infra.local.stand_ins.framework import Desk, StandIn, Surroundings

_NOT_STAND_INS = frozenset({"framework"})


def load(surroundings: Surroundings) -> Desk:
    """Every stand-in of this folder, behind one desk."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    found: list[StandIn] = [
        importlib.import_module(f"{__name__}.{name}").stand_in(surroundings)
        for name in names
        if name not in _NOT_STAND_INS
    ]
    return Desk(found)
