"""Old photos restored on the running stack: brought, paid for, restored, judged, mailed; and the ways it goes wrong."""

import io
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.e2e.test_restorations_ways import Stranger
from tests.factories import ageing, faces, scenery
from tests.factories.photos import encoded

_PATIENCE_SECONDS = 150
STAND_IN = "/_local/stand-ins/replicate"


def old(seed: int, picture: Image.Image | None = None, **options: Any) -> bytes:
    """A print of long ago, scanned."""
    import random

    fresh = picture or scenery.paint(scenery.new_setting(random.Random(seed)), seed)
    worn = ageing.aged(np.asarray(fresh.convert("RGB")), ageing.usual(seed), seed)
    return encoded(Image.fromarray(worn), quality=92, **options)


class Customer(Stranger):
    """Somebody without an account who pays."""

    email = ""
    order_id = ""

    def pays(self, *contents: bytes, **options: Any) -> None:
        for place, content in zip(self.open(contents), contents, strict=True):
            assert self.put(place, content) == 200
        assert [file["status"] for file in self.settled()] == ["valid"] * len(contents)
        self.email = f"ada-{self.session['session_id'][-12:]}@example.com"
        wanted = {
            "session_id": self.session["session_id"],
            "session_token": self.session["session_token"],
            "email": self.email,
            **({"options": options} if options else {}),
        }
        del self.client.headers["Authorization"]  # the session's token stands in the body
        answer = self.client.post("/checkout", json=wanted)
        assert answer.status_code == 200, answer.text
        order = answer.json()
        self.order_id = order["order_id"]
        self.client.headers["Authorization"] = f"Bearer {order['order_token']}"
        with httpx.Client(timeout=60, trust_env=False) as page:
            assert page.post(order["checkout_url"], data={"action": "pay"}).status_code < 400

    def order(self) -> dict[str, Any]:
        answer = self.client.get(f"/orders/{self.order_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def over(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (order := self.order())["status"] in {"pending_payment", "processing"}:
            assert time.monotonic() < deadline, order
            time.sleep(0.5)
        return order

    def paid_back(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (order := self.over())["payment_status"] not in {"refunded", "partially_refunded"}:
            assert time.monotonic() < deadline, order
            time.sleep(0.5)
        return order

    def mail(self, subject: str) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            mails = httpx.get(f"{self.stack['web']}/_local/mails", trust_env=False, timeout=30).json()
            for mail in mails:
                if self.email in mail["to"] and mail["subject"] == subject:
                    found: dict[str, Any] = mail
                    return found
            assert time.monotonic() < deadline, [mail["subject"] for mail in mails if self.email in mail["to"]]
            time.sleep(0.5)

    # --- the stand-in ----------------------------------------------------------------------------------------------

    def plan(self, faults: Sequence[str]) -> None:
        answer = httpx.post(
            f"{self.stack['web']}{STAND_IN}/faults", json={"next": list(faults)}, trust_env=False, timeout=30
        )
        assert answer.is_success, answer.text

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(self.stack["web"] + STAND_IN, trust_env=False, timeout=30).json()[
            "calls"
        ]
        return found


@pytest.fixture
def customer(stack: Mapping[str, Any]) -> Iterator[Customer]:
    found = Customer(stack)
    found.plan([])
    yield found
    found.plan([])
    found.client.close()


def fetched(url: str) -> bytes:
    answer = httpx.get(url, trust_env=False, timeout=60, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_old_photos_come_back_restored(customer: Customer) -> None:
    customer.pays(old(1), old(2), fidelity=0.8)
    assert customer.order()["status"] in {"pending_payment", "processing", "completed"}
    order = customer.over()
    assert (order["status"], order["payment_status"]) == ("completed", "paid")
    assert [(image["status"], image["progress"]) for image in order["images"]] == [("completed", 100)] * 2
    for image in order["images"]:
        restored = Image.open(io.BytesIO(fetched(image["restored_url"])))
        assert restored.size == (image["width"], image["height"])
        for view in ("original_view_url", "restored_view_url"):
            assert Image.open(io.BytesIO(fetched(image[view]))).format == "WEBP"
    told = customer.mail("Your restored photos are ready")
    link = next(word for word in told["text"].split() if "/api/v1/download/" in word)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (answer := httpx.get(link, trust_env=False, timeout=30)).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    packed = zipfile.ZipFile(io.BytesIO(fetched(answer.headers["location"])))
    assert packed.testzip() is None
    assert len(packed.namelist()) == 2


@pytest.mark.parametrize(
    "faults",
    [["failed"], ["canceled"], ["worse"], ["500", "500"], ["429"], ["garbage"], ["empty"], ["lost_webhook"]],
    ids="-".join,
)
def test_what_goes_wrong_once_comes_out_right(customer: Customer, faults: list[str]) -> None:
    customer.plan(faults)
    customer.pays(old(3))
    order = customer.over()
    assert (order["status"], order["payment_status"]) == ("completed", "paid")


def test_a_service_that_does_not_answer_is_asked_again(customer: Customer) -> None:
    customer.plan(["timeout"])
    customer.pays(old(4))
    assert customer.over()["status"] == "completed"


@pytest.mark.parametrize(
    ("faults", "words"), [(["nsfw"], "because of what it shows"), (["failed"] * 4, "several times")]
)
def test_what_cannot_be_restored_is_given_back_in_words(customer: Customer, faults: list[str], words: str) -> None:
    customer.plan(faults)
    customer.pays(old(5))
    order = customer.paid_back()
    assert (order["status"], order["payment_status"], order["refunded_cents"]) == ("failed", "refunded", 900)
    (image,) = order["images"]
    assert words in image["error"]
    assert image["restored_url"] is None
    assert words in customer.mail("Some photos could not be restored")["text"]


def test_a_result_with_another_face_is_never_sent(customer: Customer) -> None:
    """The face service of the stack looks at both; the next try keeps closer to the original."""
    picture = faces.opened(faces.OBAMA[0])
    picture.thumbnail((900, 900))
    before = len(_predictions(customer))
    customer.plan(["other_face"])
    customer.pays(old(6, picture))
    order = customer.over()
    assert order["status"] == "completed"
    assert len(_predictions(customer)) - before == 2


def _predictions(customer: Customer) -> list[dict[str, Any]]:
    return [call for call in customer.calls() if call["method"] == "POST" and call["path"].endswith("/predictions")]
