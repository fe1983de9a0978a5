"""A person with cameras, and every Lambda of captures around them: handlers called with the events that AWS sends."""

from typing import Any
from uuid import UUID

import pytest

from captures import agent, api, commands, complete, dispatch, earn, sync, timelapse
from darkroom import db, mail
from tests.api import Answer, Api
from tests.factories import cameras
from tests.factories.callers import SignedIn, signed_in
from tests.factories.cameras import Camera
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues

WORKERS = {
    "dispatches": dispatch.handler,
    "earnings": earn.handler,
    "schedules": sync.handler,
    "timelapses": timelapse.handler,
}


class World(Api):
    """One person's view of captures; `other()` sees their own."""

    def __init__(self, person: SignedIn, sqs: Queues, bucket: Bucket) -> None:
        super().__init__(api.handler)
        self.person = person
        self.sqs = sqs
        self.bucket = bucket

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        options.setdefault("token", self.person.token)
        return super().call(method, path, json, **options)

    def other(self) -> "World":
        with db.transaction() as tx:
            return World(signed_in(tx), self.sqs, self.bucket)

    # --- what there is ---------------------------------------------------------------------------------------------

    def camera(self, name: str = "Desk", **options: Any) -> "Agent":
        """A paired camera that was just heard of, and its agent."""
        with db.transaction() as tx:
            return Agent(cameras.camera(tx, self.person.user_id, name, **options))

    def capture(self, device_id: UUID, status: str = "requested", **changes: Any) -> UUID:
        with db.transaction() as tx:
            return cameras.capture(tx, device_id, status, **changes)

    def device(self, device_id: UUID) -> dict[str, Any]:
        answer = self.get(f"/devices/{device_id}")
        assert answer.status == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    # --- what happened ---------------------------------------------------------------------------------------------

    def row(self, table: str, row_id: UUID | str) -> dict[str, Any]:
        with db.reading() as tx:
            found = tx.one(f"SELECT * FROM {table} WHERE id = %s", (row_id,))
        assert found is not None
        return found

    def value(self, statement: Any, *params: Any) -> Any:
        with db.reading() as tx:
            return tx.value(statement, params)

    def execute(self, statement: Any, *params: Any) -> None:
        with db.transaction() as tx:
            tx.execute(statement, params)

    def pushed(self, topic: str | None = None, kind: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """(type, data) of what a topic was told, oldest first; the person's own topic unless told."""
        with db.reading() as tx:
            rows = tx.all(
                "SELECT type, data FROM realtime_messages WHERE topic = %s ORDER BY sequence",
                (topic or f"user:{self.person.user_id}",),
            )
        return [(row["type"], row["data"]) for row in rows if kind in {None, row["type"]}]

    def mails(self, template: str) -> list[dict[str, Any]]:
        """What the person's mails of a kind were given, oldest first."""
        with db.reading() as tx:
            rows = tx.all(
                "SELECT id, data FROM emails WHERE template = %s AND user_id = %s ORDER BY id",
                (template, self.person.user_id),
            )
        return [mail.open_data(row["id"], row["data"]) for row in rows]

    def work(self, queue: str) -> list[str]:
        """The worker of a queue takes what waits there, and what it adds; the names of the messages."""
        taken = []
        while messages := self.sqs.take(queue):
            for message in messages:
                assert queues.failures(WORKERS[queue](queues.event(queue, message), None)) == []
                taken.append(message.name)
        return taken

    def job(self, job_id: str) -> dict[str, Any]:
        from darkroom import jobs

        with db.reading() as tx:
            return jobs.status_document(tx, UUID(job_id), self.person.user_id)


class Agent:
    """What runs beside a camera: its token, and the three Lambdas that it calls."""

    def __init__(self, camera: Camera) -> None:
        self.id = camera.id
        self.token = camera.token
        self._says = Api(agent.handler)
        self._polls = Api(commands.handler)
        self._completes = Api(complete.handler)

    def say(self, path: str, json: Any = None, **options: Any) -> Answer:
        """POST /agent/…"""
        options.setdefault("token", self.token)
        return self._says.post(f"/agent{path}", json, **options)

    def beat(self, **said: Any) -> Answer:
        return self.say("/heartbeat", {"cameras": cameras.CAMERAS, "disk_free": 1_000_000, "queued": 0, **said})

    def poll(self, wait: int = 0, **query: Any) -> Answer:
        return self._polls.get("/agent/commands", query={"wait": wait, **query}, token=self.token)

    def complete(self, capture_id: UUID | str, json: Any, **options: Any) -> Answer:
        options.setdefault("token", self.token)
        return self._completes.post(f"/agent/captures/{capture_id}/complete", json, **options)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return Bucket().install(monkeypatch)


@pytest.fixture
def world(rolled_back_db: None, sqs: Queues, bucket: Bucket) -> World:
    """Everything is undone when the test ends."""
    with db.transaction() as tx:
        person = signed_in(tx)
    return World(person, sqs, bucket)


@pytest.fixture
def committed_world(committed_db: str, sqs: Queues, bucket: Bucket) -> World:
    """Real commits, and as many connections as there are threads."""
    with db.transaction() as tx:
        person = signed_in(tx)
    return World(person, sqs, bucket)
