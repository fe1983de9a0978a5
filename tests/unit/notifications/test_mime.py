"""A mail's bytes: nothing that people wrote breaks out of its header, and what is attached arrives as it was."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import ids
from notifications import mime
from notifications.mime import File
from notifications.templates import Rendered

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
EMAIL_ID = ids.new_id()
SENDER = "Darkroom <no-reply@darkroom.test>"


def parsed(
    to: str = "ada@example.test", subject: str = "Hello", files: tuple[File, ...] = (), **text: Any
) -> EmailMessage:
    content = Rendered(subject, text.get("text", "Hello."), text.get("html", "<p>Hello.</p>"))
    message = message_from_bytes(
        mime.build(mime.envelope(EMAIL_ID, SENDER, to, content, files), AT), policy=policy.default
    )
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_a_mail() -> None:
    message = parsed()
    assert message["From"] == "Darkroom <no-reply@darkroom.test>"
    assert message["To"] == "ada@example.test"
    assert message["Subject"] == "Hello"
    assert message["Date"].datetime == AT
    assert message["Message-ID"] == f"<{EMAIL_ID}@darkroom.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert plain.get_content().splitlines() == ["Hello."]
    assert html is not None
    assert html.get_content().splitlines() == ["<p>Hello.</p>"]


def test_words_of_every_alphabet_arrive() -> None:
    message = parsed(subject="Fotos für Zoë 📷", text="Grüße, Ἀλέξανδρος\n")
    assert message["Subject"] == "Fotos für Zoë 📷"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Grüße, Ἀλέξανδρος"]


@pytest.mark.parametrize("letter", ["a", "ü"])
def test_a_subject_of_any_length_arrives_as_it_was(letter: str) -> None:
    for words in range(4, 8):
        for last in range(0, 40, 3):
            subject = " ".join([*[letter * 5] * words, letter * 30, letter * (last + 1)])
            assert parsed(subject=subject)["Subject"] == subject


@given(st.text(max_size=200), st.text(min_size=1, max_size=60))
def test_no_subject_or_file_name_makes_a_header(subject: str, filename: str) -> None:
    usual = sorted(parsed(files=(File("x", "image/jpeg", b"x"),)).keys())
    evil = f"{subject}\r\nBcc: victim@example.test\r\n\r\n{subject}"
    message = parsed(subject=evil.encode(errors="ignore").decode(), files=(File(filename, "image/jpeg", b"x"),))
    assert sorted(message.keys()) == usual
    assert [part.get_content_type() for part in message.iter_attachments()] == ["image/jpeg"]


@pytest.mark.parametrize(
    "separator", ["\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\u202e"]
)
def test_every_kind_of_line_break_is_taken_out(separator: str) -> None:
    assert mime.one_line(f"a{separator}Bcc: b") == "a Bcc: b"


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("ada@example.test", "ada@example.test"),
        ("Ada.Lovelace+photos@example.test", "Ada.Lovelace+photos@example.test"),
        ("ada@bücher.test", "ada@xn--bcher-kva.test"),
    ],
)
def test_addresses(address: str, sent_to: str) -> None:
    assert parsed(to=address)["To"] == sent_to


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "@example.test",
        "ada@",
        "ädä@example.test",
        "ada@example.test\r\nBcc: b@example.test",
        "ada@exam ple.test,b@example.test",
        "ada@" + "a" * 64 + ".test",
        "ada@.test",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(mime.BadAddress):
        parsed(to=address)


def test_attachments_arrive_byte_for_byte_under_a_safe_name() -> None:
    content = bytes(range(256)) * 40
    message = parsed(
        files=(
            File("../../Größe \r\nX: y.jpg", "image/jpeg", content),
            File("list.csv", "text/csv", b"a;b\r\n1;2\r\n"),
        )
    )
    first, second = message.iter_attachments()
    assert isinstance(first, EmailMessage)
    assert (first.get_content_type(), first.get_payload(decode=True)) == ("image/jpeg", content)
    assert "/" not in (first.get_filename() or "/")
    assert isinstance(second, EmailMessage)
    assert (second.get_filename(), second.get_payload(decode=True)) == ("list.csv", b"a;b\r\n1;2\r\n")
