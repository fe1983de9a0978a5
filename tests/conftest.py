"""What every test stands on: settings of its own, no network but loopback, and a database that forgets.

    def test_x(tx): ...            a unit of work on the worker's database; whatever is committed is rolled back
    def test_x(committed_db): ...  real commits and as many connections as you like; emptied afterwards
    def test_x(frozen_time): ...   frozen_time.advance(seconds)

Fixtures that reach the database set DATABASE_URL; code under test finds it through `settings()`.
"""

import json
import os
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import certifi
import hypothesis
import psycopg
import pytest

from darkroom import clock, db, secrets
from darkroom.settings import settings
from infra.tools import scratch_postgres as postgres

SECRETS = {
    "api_secret": "test-api-secret",
    "token_key": "test-token-key-0123456789abcdef0123456789abcdef",
    "edge_secret": "test-edge-secret",
    "qstash_token": "test-qstash-token",
    "qstash_current_signing_key": "sig_test_current",
    "qstash_next_signing_key": "sig_test_next",
    "stripe_secret_key": "sk_test_key",
    "stripe_webhook_secret": "whsec_test",
    "replicate_api_token": "r8_test_token",
    "replicate_webhook_secret": "whsec_dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3Q=",
    "sendgrid_api_key": "",
    "gemini_api_key": "",
}

ENVIRONMENT = {
    "STAGE": "local",
    "SECRETS_JSON": json.dumps(SECRETS),
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "UPLOADS_BUCKET": "darkroom-test-uploads",
    "EVENT_BUS": "darkroom-test",
    "WEB_ORIGIN": "http://127.0.0.1:8000",
    "API_ORIGIN": "http://127.0.0.1:8000",
    "PUBLIC_WEBSOCKET_URL": "ws://127.0.0.1:8000/ws",
    "WEBSOCKET_ENDPOINT": "http://127.0.0.1:4566/ws",
    "MAIL_FROM": "Darkroom <no-reply@darkroom.test>",
    "QUEUE_URL_PREFIX": "http://127.0.0.1:4566/000000000000/",
}
# A busy machine is no failure: no test asserts how long something took, and examples are no exception.
hypothesis.settings.register_profile("darkroom", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("darkroom")

_SETTING_PREFIXES = ("AWS_", "DATABASE_", "QUEUE_", "LIMIT_", "GEMINI", "STRIPE_", "REPLICATE_")

_server_key = pytest.StashKey[postgres.Server]()


# --- the server, once for a run: started by the controlling process, which tells its workers where it is ------------


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _server_url(config: pytest.Config) -> str:
    if _is_worker(config):
        url: str = config.workerinput["database_server"]  # type: ignore[attr-defined]  # made by xdist
        return url
    if _server_key not in config.stash:
        server = postgres.Server()
        config.stash[_server_key] = server
        server.start()
    return config.stash[_server_key].url()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: a worker is about to start."""
    node.workerinput["database_server"] = _server_url(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests import distribution

    config.option.loadscopereorder = False  # by the number of tests, which says little of how long they take
    return distribution.Files(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Beside others, long ones first; somebody who runs tests alone gets them as they stand."""
    if _is_worker(config):
        from tests import distribution

        items.sort(key=lambda item: distribution.place(item.nodeid))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server_key in config.stash:
        config.stash[_server_key].stop()


# --- environment ----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings as tests want them, whatever the machine's environment says. Change one with `environment.setenv` and
    `settings.cache_clear()`."""
    for name in list(os.environ):
        if name.startswith(_SETTING_PREFIXES):
            monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    secrets.forget()
    yield monkeypatch
    settings.cache_clear()
    clock.use(None)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches out fails where it does so."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_others(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not (host.startswith("127.") or host in {"::1", "localhost"}):
                raise RuntimeError(f"a test tried to reach {host}")

    def guarded(sock: socket.socket, address: Any) -> None:
        refuse_others(sock, address)
        connect(sock, address)

    def guarded_ex(sock: socket.socket, address: Any) -> int:
        refuse_others(sock, address)
        return connect_ex(sock, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(autouse=True, scope="session")
def authorities_read_once() -> Iterator[None]:
    """httpx reads every authority's certificate for each client it makes, 20 ms of CPU, and tests make thousands of
    clients that speak to nobody by TLS."""
    create = ssl.create_default_context
    usual = cache(lambda: create(cafile=certifi.where()))

    def create_or_reuse(*given: Any, **options: Any) -> ssl.SSLContext:
        is_usual = not given and options == {"cafile": certifi.where()}
        return usual() if is_usual else create(*given, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", create_or_reuse)
        yield


class FrozenTime:
    """The clock of `darkroom.clock`, standing still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def frozen_time() -> Iterator[FrozenTime]:
    time = FrozenTime(datetime.now(UTC).replace(microsecond=0))
    clock.use(time)
    yield time
    clock.use(None)


# --- databases ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The URL of the server's `postgres` database, to make more databases by."""
    return _server_url(request.config)


@pytest.fixture(scope="session")
def database_url(server_url: str, worker_id: str) -> str:
    """This worker's migrated database."""
    return postgres.create_migrated(server_url, f"tests_{worker_id}")


@pytest.fixture(scope="session")
def _kept_connection(database_url: str) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as conn:
        yield conn


@pytest.fixture
def rolled_back_db(
    _kept_connection: "psycopg.Connection[Any]", database_url: str, environment: pytest.MonkeyPatch
) -> Iterator[None]:
    """Everything happens inside one transaction that is undone; what the code commits is a savepoint of it.

    So constraints that are checked at COMMIT are not, SQL's own now() stands still, and there is one connection: use
    `committed_db` where that matters.
    """
    environment.setenv("DATABASE_URL", database_url)
    settings.cache_clear()
    with _kept_connection.transaction(force_rollback=True):
        db.use(_kept_connection)
        yield
        db.use(None)


@pytest.fixture
def tx(rolled_back_db: None) -> Iterator[db.Tx]:
    """A unit of work, undone with everything else when the test ends."""
    with db.transaction() as unit:
        yield unit


@pytest.fixture
def committed_db(database_url: str, environment: pytest.MonkeyPatch) -> Iterator[str]:
    """Real commits on this worker's database (its URL), emptied afterwards."""
    environment.setenv("DATABASE_URL", database_url)
    settings.cache_clear()
    db.use(None)
    yield database_url
    db.close()
    with psycopg.connect(database_url, autocommit=True) as conn:
        postgres.empty_every_table(conn)
