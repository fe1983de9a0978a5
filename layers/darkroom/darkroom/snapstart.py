"""SnapStart: what is imported late elsewhere is imported before the snapshot, and nothing is opened.

A function with SnapStart calls `snapstart.prepare()` at the end of its module. Without the runtime's hooks (locally, in
tests, on a function without SnapStart) it does nothing, and imports stay late.
"""

from importlib import import_module

_LATE = (
    "http.client",
    "psycopg",
    "mangum",
    "cryptography.hazmat.primitives.ciphers.aead",
    "darkroom.aws",
)


def prepare(*modules: str) -> bool:
    """Register the hooks; `modules` are further late imports of this function. Whether there were hooks to register."""
    try:
        from snapshot_restore_py import register_after_restore, register_before_snapshot
    except ImportError:
        return False
    register_before_snapshot(lambda: _import_all((*_LATE, *modules)))
    register_after_restore(_forget_what_was_read)
    return True


def _import_all(modules: tuple[str, ...]) -> None:
    for module in modules:
        import_module(module)


def _forget_what_was_read() -> None:
    """Many environments wake from one snapshot: none may use another's credentials, secrets or connection."""
    from darkroom import db, secrets
    from darkroom.aws import identity
    from darkroom.settings import settings

    settings.cache_clear()
    secrets.forget()
    identity.forget()
    db.use(None)
