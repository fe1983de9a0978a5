"""The mail worker: each mail once, killed wherever it may be, and every end is an end."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from darkroom import clients, crypto, db, log, mail, storage
from darkroom.messages import Message
from darkroom.settings import settings
from notifications import mail as worker
from notifications import providers, queries, sending
from notifications.mime import Envelope
from tests import threads
from tests.factories.people import person
from tests.fakes import queues
from tests.fakes.mail_provider import Fault, MailProvider, sendgrid_refuses
from tests.fakes.queues import Queues

RESET = {"name": "Ada", "reset_url": "https://darkroom.test/password-reset?token=secret", "valid_for": "1 hour"}


class World:
    """A provider, a queue and a database with real commits."""

    def __init__(self, provider: MailProvider, sqs: Queues) -> None:
        self.provider = provider
        self.sqs = sqs

    def send(self, to: str = "ada@example.test", template: str = "password_reset", **options: Any) -> UUID | None:
        with db.transaction() as tx:
            return mail.send(tx, to, template, options.pop("data", RESET), **options)

    def queued(self) -> Message:
        (message,) = self.sqs.take("mail")
        return message

    def sent_to(self) -> list[str]:
        return [document["personalizations"][0]["to"][0]["email"] for document in self.provider.taken]


def work(message: Message, receives: int = 1) -> bool:
    """Give the message to the worker; whether it is done with it."""
    return not queues.failures(worker.handler(queues.event("mail", message, receives=receives), None))


def row() -> dict[str, Any]:
    with db.reading() as tx:
        (only,) = tx.all("SELECT * FROM emails")
    return only


def state() -> tuple[str, str | None]:
    return row()["status"], row()["error_message"]


@pytest.fixture
def world(committed_db: str, environment: pytest.MonkeyPatch) -> Iterator[World]:
    secrets = json.loads(settings().secrets_json) | {"sendgrid_api_key": "SG.key"}
    with MailProvider().serving() as provider:
        environment.setenv("SECRETS_JSON", json.dumps(secrets))
        environment.setenv("SENDGRID_URL", provider.url)
        settings.cache_clear()
        yield World(provider, Queues().install(environment))


def test_a_mail_is_rendered_and_sent(world: World) -> None:
    email_id = world.send()
    message = world.queued()
    assert (message.name, message.data) == ("mail.send", {"email_id": str(email_id)})
    assert work(message)
    (document,) = world.provider.taken
    assert document["subject"] == "Choose a new password"
    assert RESET["reset_url"] in document["content"][0]["value"]
    sent = row()
    assert (sent["status"], sent["attempts"], sent["error_message"]) == ("sent", 1, None)
    assert sent["provider_message_id"] == "sendgrid-1"
    assert sent["sent_at"] is not None


def test_ses_sends_the_same(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SECRETS_JSON", json.dumps({"token_key": "k"}))
    environment.setenv("AWS_ENDPOINT_URL", world.provider.url)
    settings.cache_clear()
    clients.forget()
    world.send()
    assert work(world.queued())
    assert world.provider.taken[0]["Destination"] == {"ToAddresses": ["ada@example.test"]}
    assert row()["provider_message_id"] == "0100019a-1"
    clients.ses().close()
    clients.forget()


def test_what_a_mail_says_rests_sealed_and_is_not_kept(world: World) -> None:
    email_id = world.send()
    assert email_id is not None
    sealed = row()["data"]
    assert b"secret" not in sealed
    assert mail.open_data(email_id, sealed) == RESET
    assert work(world.queued())
    assert row()["data"] == b""


def test_a_links_row_opens_in_no_other_mail(world: World) -> None:
    email_id = world.send()
    assert email_id is not None
    with pytest.raises(crypto.NotSealedHere):
        mail.open_data(UUID(int=email_id.int ^ 1), row()["data"])


def test_an_undone_request_sends_nothing(world: World) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        mail.send(tx, "ada@example.test", "password_reset", RESET)
        raise ZeroDivisionError
    assert world.sqs.take("mail") == []
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM emails") == 0


def test_one_mail_of_each_kind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.send(dedupe_key="export:1") is not None
    assert world.send(dedupe_key="export:1") is None
    assert world.send(dedupe_key="export:2") is not None
    with threads.own_connections(monkeypatch):
        answers = threads.at_once([lambda: world.send(dedupe_key="export:3")] * 6)
    assert len([answer for answer in answers if answer is not None]) == 1
    assert len(world.sqs.take("mail")) == 3


def test_a_message_that_comes_twice_sends_once(world: World) -> None:
    world.send()
    message = world.queued()
    assert work(message)
    assert work(message, receives=2)
    assert len(world.provider.taken) == 1


def test_a_message_that_comes_several_times_at_the_same_moment_sends_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.send()
    message = world.queued()
    with threads.own_connections(monkeypatch):
        done = threads.at_once([lambda: work(message)] * 6)
    assert len(world.provider.taken) == 1
    assert any(done)
    assert work(message, receives=2)
    assert len(world.provider.taken) == 1
    assert state() == ("sent", None)


@pytest.mark.parametrize("fault", [Fault(0), Fault(500), Fault(503), sendgrid_refuses(429), Fault(200, b"garbage")])
def test_a_provider_that_fails_is_asked_again(world: World, fault: Fault) -> None:
    world.send()
    message = world.queued()
    world.provider.faults = [fault]
    assert not work(message)
    status, reason = state()
    assert status == "failed"
    assert (reason or "").startswith("SendGrid")
    assert work(message, receives=2)
    assert state() == ("sent", None)
    assert row()["attempts"] == 2
    assert len(world.provider.taken) == 1


def test_a_mail_the_provider_will_never_take_is_not_asked_again(world: World) -> None:
    world.send()
    world.provider.faults = [sendgrid_refuses(400, "Does not contain a valid address.")]
    assert work(world.queued())
    assert state() == ("failed", "SendGrid: 400 Does not contain a valid address.")


def test_a_mail_redriven_from_the_dead_letter_queue_goes_out(world: World) -> None:
    world.send()
    message = world.queued()
    world.provider.faults = [Fault(500)] * 5
    assert [work(message, receives=n) for n in range(1, 6)] == [False] * 5
    assert state()[0] == "failed"
    assert work(message)
    assert (row()["status"], row()["attempts"]) == ("sent", 6)


class Killed(BaseException):
    """What no handler catches."""


def die(*_: object, **__: object) -> None:
    raise Killed


def killed(message: Message, monkeypatch: pytest.MonkeyPatch, target: object, name: str, **how: Any) -> None:
    """The worker dies in `name`, or right after it with `after=True`."""
    original: Callable[..., Any] = getattr(target, name)

    def do_and_die(*args: Any, **options: Any) -> None:
        original(*args, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(target, name, do_and_die if how.get("after") else die)
        with pytest.raises(Killed):
            work(message)


def test_killed_before_the_claim_is_durable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send()
    message = world.queued()
    killed(message, monkeypatch, queries, "claim", after=True)
    assert state() == ("pending", None)
    assert work(message, receives=2)
    assert world.sent_to() == ["ada@example.test"]


def test_killed_after_the_claim_and_before_the_send(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send()
    message = world.queued()
    killed(message, monkeypatch, sending, "_prepare")
    assert state() == ("sending", None)
    assert not work(message, receives=2)  # whoever claimed it may still be at it
    _let_the_lease_end()
    assert work(message, receives=3)
    assert world.sent_to() == ["ada@example.test"]


def test_killed_after_the_send_and_before_the_mark_costs_a_second_mail_at_most(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.send()
    message = world.queued()
    killed(message, monkeypatch, queries, "mark_sent")
    _let_the_lease_end()
    assert work(message, receives=2)
    assert work(message, receives=3)
    first, second = world.provider.taken
    assert first["headers"]["Message-ID"] == second["headers"]["Message-ID"]
    assert state() == ("sent", None)


def test_killed_after_the_mark_is_durable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send()
    message = world.queued()
    killed(message, monkeypatch, log, "info")
    assert state() == ("sent", None)
    assert work(message, receives=2)
    assert len(world.provider.taken) == 1


def test_a_worker_that_lost_its_lease_marks_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send()
    message = world.queued()
    killed(message, monkeypatch, sending, "_prepare")
    with db.reading() as tx:
        lost = queries.Claimed(row()["id"], "", "password_reset", b"", [], 1, None)
    _let_the_lease_end()
    assert work(message, receives=2)
    with db.transaction() as tx:
        assert not queries.mark_failed(tx, lost, "late")
        assert not queries.mark_sent(tx, lost, "late", forget_address=False)
    assert row()["provider_message_id"] == "sendgrid-1"


def test_a_suppressed_address_gets_nothing(world: World) -> None:
    world.send("Ada@Example.test")
    with db.transaction() as tx:
        mail.suppress(tx, "ada@example.TEST", "bounced: General")
    assert work(world.queued())
    assert state() == ("failed", "the address is suppressed: bounced: General")
    assert world.provider.requests == []


def test_an_address_that_is_none_ends_as_failed(world: World) -> None:
    world.send("ädä@example.test")
    assert work(world.queued())
    assert state() == ("failed", "not an address that a mail can go to")


def test_an_unconfirmed_address_gets_its_own_mail_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as tx:
        ada = person(tx)
    news = {"news": mail.Template(frozenset({"name"}))}
    monkeypatch.setattr(mail, "TEMPLATES", {**mail.TEMPLATES, **news})
    assert world.send(template="news", data={"name": "Ada"}, user_id=ada) is None
    assert world.send(user_id=ada) is not None
    with db.transaction() as tx:
        tx.execute("UPDATE users SET email_confirmed_at = now()")
    assert world.send(template="news", data={"name": "Ada"}, user_id=ada) is not None
    assert world.send(template="news", data={"name": "A customer without an account"}) is not None


def test_the_last_mail_takes_the_address_with_it(world: World) -> None:
    world.send(template="account_deleted", data={"name": "Ada", "kept": "Nothing."})
    assert work(world.queued())
    assert world.sent_to() == ["ada@example.test"]
    assert row()["to_address"] == "deleted"


def test_small_files_travel_and_large_ones_are_linked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "read", {"restored/1": b"\xff\xd8\xff", "restored/3": b"abc"}.__getitem__)
    photo = mail.Attachment("restored/1", "photo.jpg", "image/jpeg", 3, "https://darkroom.test/1")
    large = mail.Attachment("restored/2", "all.zip", "application/zip", 5_000_001, "https://darkroom.test/2")
    world.send(attachments=(photo, large, photo._replace(storage_key="restored/3", filename="note.txt")))
    assert work(world.queued())
    (document,) = world.provider.taken
    assert [file["filename"] for file in document["attachments"]] == ["photo.jpg", "note.txt"]
    assert all("https://darkroom.test/2" in part["value"] for part in document["content"])
    assert all("https://darkroom.test/1" not in part["value"] for part in document["content"])


def test_files_are_attached_only_as_long_as_all_of_them_fit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "read", lambda _: b"x")
    half = mail.Attachment("a", "a.jpg", "image/jpeg", sending.INLINE_BYTES_MAX // 2, "https://darkroom.test/a")
    world.send(attachments=[half._replace(filename=f"{n}.jpg") for n in range(3)])
    assert work(world.queued())
    assert [file["filename"] for file in world.provider.taken[0]["attachments"]] == ["0.jpg", "1.jpg"]


def test_a_file_that_cannot_be_read_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send(attachments=[mail.Attachment("a", "a.jpg", "image/jpeg", 1, "https://darkroom.test/a")])
    message = world.queued()

    def missing(_: str) -> bytes:
        raise storage.Missing("a")

    monkeypatch.setattr(storage, "read", missing)
    assert not work(message)
    assert state() == ("failed", "Missing")
    monkeypatch.setattr(storage, "read", lambda _: b"x")
    assert work(message, receives=2)


def test_a_message_for_a_mail_that_is_gone_is_done(world: World) -> None:
    world.send()
    with db.transaction() as tx:
        tx.execute("DELETE FROM emails")
    assert work(world.queued())
    assert world.provider.requests == []


@pytest.mark.parametrize(
    ("to", "data"),
    [
        ("ada", RESET),
        ("ada@example.test\r\nBcc: b@example.test", RESET),
        ("a b@example.test", RESET),
        ("a" * 250 + "@example.test", RESET),
        ("ada@example.test", {"name": "Ada"}),
        ("ada@example.test", {**RESET, "more": "x"}),
    ],
)
def test_a_mail_that_could_not_be_sent_is_refused_where_it_is_asked_for(
    world: World, to: str, data: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"takes|address"):
        world.send(to, data=data)


def test_an_unknown_mail_is_refused_where_it_is_asked_for(world: World) -> None:
    with pytest.raises(KeyError):
        world.send(template="pasword_reset")


LEGAL = {("pending", "sending"), ("sending", "sent"), ("sending", "failed"), ("failed", "pending")}
STATES = ("pending", "sending", "sent", "failed")


@pytest.mark.parametrize("new", STATES)
@pytest.mark.parametrize("old", STATES)
def test_only_legal_steps_are_possible(world: World, old: str, new: str) -> None:
    email_id = world.send()
    way = {"pending": [], "sending": ["sending"], "sent": ["sending", "sent"], "failed": ["sending", "failed"]}
    statement = "UPDATE emails SET status = %s WHERE id = %s"
    with db.transaction() as tx:
        for step in way[old]:
            tx.execute(statement, (step, email_id))
    if old == new or (old, new) in LEGAL:
        with db.transaction() as tx:
            assert tx.execute(statement, (new, email_id)) == 1
    else:
        with pytest.raises(psycopg.errors.CheckViolation), db.transaction() as tx:
            tx.execute(statement, (new, email_id))


def test_the_carrier_may_be_anything_that_keeps_the_port(world: World) -> None:
    class Recording:
        def __init__(self) -> None:
            self.mails: list[Envelope] = []

        def send(self, envelope: Envelope) -> str:
            self.mails.append(envelope)
            return "1"

    recording: providers.Carrier = Recording()
    email_id = world.send()
    assert email_id is not None
    with db.transaction() as tx:
        sending.send(tx, email_id, recording, lambda _: b"")
    assert state() == ("sent", None)


def _let_the_lease_end() -> None:
    with db.transaction() as tx:
        tx.execute("UPDATE emails SET leased_until = now() - interval '1 second'")
