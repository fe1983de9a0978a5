"""Mail against the running stack: what people do leads to one mail each, also when the provider fails at first."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

_PATIENCE_SECONDS = 60
PASSWORD = "correct horse battery"


class House:
    """The API, and the developer's window."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.api = httpx.Client(base_url=stack["api"], timeout=30)
        self.console = httpx.Client(base_url=stack["console"], timeout=30)

    def register(self, name: str = "Ada") -> str:
        email = f"{uuid4()}@example.com"
        answer = self.api.post("/auth/register", json={"email": email, "password": PASSWORD, "name": name})
        assert answer.status_code == 201, answer.text
        return email

    def mails(self, to: str, subject: str = "") -> list[dict[str, Any]]:
        mails = self.console.get("/mails").json()
        return [mail for mail in mails if mail["to"] == [to] and subject in mail["subject"]]

    def mail(self, to: str, subject: str) -> dict[str, Any]:
        """The one mail that comes, sooner or later."""
        (mail,) = eventually(lambda: self.mails(to, subject))
        return mail


def eventually(look: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What there is as soon as there is something."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.2)
    return found


@pytest.fixture
def house(stack: Mapping[str, Any]) -> Iterator[House]:
    built = House(stack)
    yield built
    built.console.post("/stand-ins/mail/faults", json={"next": []})
    built.api.close()
    built.console.close()


def test_registering_leads_to_a_mail_in_text_and_html(house: House) -> None:
    email = house.register(name="Ada <b>Lovelace</b>")
    mail = house.mail(email, "Confirm your e-mail address")
    assert "Welcome, Ada <b>Lovelace</b>." in mail["text"]
    assert "Welcome, Ada &lt;b&gt;Lovelace&lt;/b&gt;." in mail["html"]
    (link,) = re.findall(r"https?://\S+/confirm-email\?token=\S+", mail["text"])
    assert link in mail["html"]
    assert mail["attachments"] == []
    assert mail["sent_at"].endswith("Z")


def test_a_reset_link_that_came_by_mail_works_once(house: House) -> None:
    email = house.register()
    assert house.api.post("/auth/password-reset", json={"email": email}).status_code == 202
    (token,) = re.findall(r"token=(\S+)", house.mail(email, "Choose a new password")["text"])
    confirm = {"token": token, "password": "another horse battery"}
    assert house.api.post("/auth/password-reset/confirm", json=confirm).status_code == 204
    assert house.api.post("/auth/password-reset/confirm", json=confirm).status_code == 400
    house.mail(email, "Your password was changed")


def test_nobody_is_told_that_an_address_is_unknown(house: House) -> None:
    email = f"{uuid4()}@example.com"
    assert house.api.post("/auth/password-reset", json={"email": email}).status_code == 202
    known = house.register()
    house.mail(known, "Confirm your e-mail address")  # whatever was sent before this one has come by now
    assert house.mails(email) == []


@pytest.mark.parametrize("fault", ["500", "429", "garbage", "empty"])
def test_a_provider_that_fails_at_first_still_sends_the_mail_once(house: House, fault: str) -> None:
    assert house.console.post("/stand-ins/mail/faults", json={"next": [fault] * 2}).is_success
    email = house.register()
    house.mail(email, "Confirm your e-mail address")
    assert len(house.mails(email)) == 1
