"""Accounts on the running stack: codes by SMS, the export, leaving, storms, and the first administrator."""

import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psycopg
import pytest

from darkroom import ids

_PATIENCE_SECONDS = 60
ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None]) -> Found:
    """What there is as soon as there is something."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.2)
    return found


class Person:
    """Somebody who has registered and signed in."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.email = f"{uuid4()}@example.com"
        self.http = httpx.Client(base_url=stack["api"], timeout=30)
        answer = self.http.post("/auth/register", json={"email": self.email, "password": PASSWORD, "name": "Ada"})
        assert answer.status_code == 201, answer.text
        self.id = answer.json()["id"]
        self.sign_in()

    def login(self, password: str = PASSWORD) -> httpx.Response:
        return self.http.post("/auth/login", json={"username": self.email, "password": password})

    def sign_in(self) -> None:
        self.tokens = self.login().json()
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    def add_photo(self, content: bytes) -> str:
        """Brought by a signed URL; its row is written here, as a product would write it."""
        photo = {"filename": "Summer.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
        answer = self.http.post("/uploads/generate-urls", json={"files": [photo]})
        assert answer.status_code == 200, answer.text
        [upload] = next(value for value in answer.json().values() if isinstance(value, list))
        assert httpx.put(upload["url"], content=content, headers=upload["headers"]).status_code == 200
        key: str = upload["storage_key"]
        with psycopg.connect(self.stack["database"], autocommit=True) as conn:
            conn.execute(
                """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type,
                                       file_size_bytes)
                   VALUES (%s, %s, 'upload', %s, 'Summer.jpg', 'image/jpeg', %s)""",
                (ids.new_id(), self.id, key, len(content)),
            )
        return key

    def export(self) -> dict[str, Any]:
        started = self.http.get("/users/me/export")
        assert started.status_code == 202, started.text
        address = f"{self.stack['web']}{started.json()['status_url']}"

        def finished() -> dict[str, Any] | None:
            job: dict[str, Any] = self.http.get(address).json()
            return job if job["status"] in {"completed", "failed"} else None

        job = eventually(finished)
        assert job["status"] == "completed", job
        result: dict[str, Any] = job["result"]
        return result


@pytest.fixture
def ada(stack: Mapping[str, Any]) -> Iterator[Person]:
    person = Person(stack)
    yield person
    person.http.close()


def test_a_phone_is_confirmed_by_the_code_that_came_by_sms(ada: Person) -> None:
    phone = f"+49151{uuid4().int % 10**8:08d}"
    assert ada.http.put("/users/me/phone", json={"phone": phone}).json()["confirmed"] is False

    def sent() -> list[dict[str, Any]]:
        carrier = httpx.get(f"{ada.stack['aws']}/_ministack/sns/sms-messages", params={"phoneNumber": phone})
        messages: list[dict[str, Any]] = carrier.json()["sms_messages"][phone]
        return messages

    [sms] = eventually(sent)
    code = re.findall(r"^[0-9]{6}", sms["Message"])[0]
    assert ada.http.post("/users/me/phone/confirm", json={"code": code}).json()["confirmed"] is True
    assert ada.http.get("/users/me").json()["phone"] == phone


def test_the_export_holds_the_photos_and_leaving_takes_everything_out_of_storage(ada: Person) -> None:
    content = b"\xff\xd8\xff" + os.urandom(300_000)
    photo = ada.add_photo(content)
    assert ada.http.get("/users/me/stats").json()["storage_bytes"] == len(content)

    result = ada.export()
    downloaded = httpx.get(result["url"])
    assert downloaded.headers["content-disposition"].startswith("attachment")
    assert len(downloaded.content) == result["size_bytes"]
    archive = zipfile.ZipFile(io.BytesIO(downloaded.content))
    assert archive.testzip() is None
    [name] = [name for name in archive.namelist() if name.startswith("photos/")]
    assert archive.read(name) == content

    assert ada.http.delete("/users/me").status_code == 200
    assert ada.http.get("/users/me").status_code == 401
    assert ada.login().status_code == 401
    eventually(lambda: httpx.get(result["url"]).status_code == 404)
    with psycopg.connect(ada.stack["database"], autocommit=True) as conn:
        waiting = "SELECT count(*) FROM storage_erasures WHERE storage_key = %s"
        eventually(lambda: conn.execute(waiting, (photo,)).fetchall() == [(0,)])
        assert conn.execute("SELECT count(*) FROM images WHERE user_id = %s", (ada.id,)).fetchall() == [(0,)]


def test_a_storm_of_guesses_gets_ten(ada: Person) -> None:
    with ThreadPoolExecutor(12) as pool:
        statuses = [each.status_code for each in pool.map(lambda _: ada.login("wrong password"), range(16))]
    assert sorted(statuses) == [401] * 10 + [429] * 6
    refused = ada.login()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    ada.http.post("/auth/password-reset", json={"email": ada.email})

    def link() -> str | None:
        mails = httpx.get(f"{ada.stack['console']}/mails").json()
        found = [re.findall(r"password-reset\?token=(\S+)", mail["text"]) for mail in mails if ada.email in mail["to"]]
        return next((tokens[0] for tokens in found if tokens), None)

    confirmed = ada.http.post("/auth/password-reset/confirm", json={"token": eventually(link), "password": PASSWORD})
    assert confirmed.status_code == 204
    assert ada.login().status_code == 200


def test_a_registration_that_comes_many_times_at_once_makes_one_account(ada: Person) -> None:
    body = {"email": f"{uuid4()}@example.com", "password": PASSWORD, "name": "Eve"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ada.http.post("/auth/register", json=body), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


def test_a_refresh_token_that_is_used_many_times_at_once_ends_its_session(ada: Person) -> None:
    body = {"refresh_token": ada.tokens["refresh_token"]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ada.http.post("/auth/refresh", json=body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 3
    assert ada.http.get("/users/me").status_code == 401


def test_the_operator_makes_the_first_administrator_who_suspends(ada: Person) -> None:
    command = [sys.executable, "-m", "accounts.make_admin", ada.email]
    environment = {
        **os.environ,
        "DATABASE_URL": ada.stack["database"],
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ("functions", "layers/darkroom")),
    }
    subprocess.run(command, env=environment, check=True, capture_output=True)
    eve = Person(ada.stack)
    found = ada.http.get("/admin/users", params={"q": eve.email}).json()
    assert [person["id"] for person in found["items"]] == [eve.id]
    assert ada.http.patch(f"/admin/users/{eve.id}", json={"suspended": True}).json()["suspended"] is True
    assert eve.http.get("/users/me").status_code == 401
    assert eve.login().status_code == 403
    eve.http.close()
