"""Names, keys and URLs. That storage enforces what a URL pins is shown against the real stack (tests/e2e)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import aws, clients, ids, storage
from darkroom.errors import BadRequest, TooLarge, UnsupportedMediaType
from tests.conftest import FrozenTime


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class TestUploads:
    def test_a_url_pins_key_type_length_and_that_nothing_is_there(self) -> None:
        upload = storage.upload_url("uploads/me/photo.jpg", "image/jpeg", 1234)
        assert urlsplit(upload.url).path.endswith("/uploads/me/photo.jpg")
        query = query_of(upload.url)
        assert query["X-Amz-SignedHeaders"] == "content-length;content-type;host;if-none-match"
        assert query["X-Amz-Expires"] == "300"
        assert (upload.method, upload.expires_in) == ("PUT", 300)
        assert upload.headers == {"Content-Type": "image/jpeg", "If-None-Match": "*"}

    @pytest.mark.parametrize("change", [("image/png", 1234), ("image/jpeg", 1235)])
    def test_another_type_or_length_has_another_signature(
        self, change: tuple[str, int], frozen_time: FrozenTime
    ) -> None:
        one = storage.upload_url("uploads/me/photo.jpg", "image/jpeg", 1234)
        other = storage.upload_url("uploads/me/photo.jpg", *change)
        assert query_of(one.url)["X-Amz-Signature"] != query_of(other.url)["X-Amz-Signature"]

    def test_keys_are_ours_and_say_whose_they_are(self) -> None:
        owner = ids.new_id()
        key = storage.new_key("uploads", owner, "image/heif")
        assert key.startswith(f"uploads/{owner}/")
        assert key.endswith(".heic")

    def test_what_is_announced_is_checked(self) -> None:
        storage.check_photo("image/webp", storage.PHOTO_BYTES_MAX)
        with pytest.raises(TooLarge):
            storage.check_photo("image/webp", storage.PHOTO_BYTES_MAX + 1)
        with pytest.raises(BadRequest):
            storage.check_photo("image/webp", 0)
        for kind in ("image/gif", "text/html", "IMAGE/JPEG; x", ""):
            with pytest.raises(UnsupportedMediaType):
                storage.check_photo(kind, 10)


class TestReads:
    def test_a_photo_keeps_its_url_for_some_minutes(self, frozen_time: FrozenTime) -> None:
        frozen_time.moment = frozen_time.moment.replace(minute=0, second=0)
        first = storage.read_url("a.jpg")
        frozen_time.advance(299)
        assert storage.read_url("a.jpg") == first
        frozen_time.advance(1)
        assert storage.read_url("a.jpg") != first
        assert query_of(first)["X-Amz-Expires"] == "3600"

    def test_a_download_says_how_the_file_is_called(self) -> None:
        query = query_of(storage.read_url("a.jpg", "Höhle 1.jpg"))
        assert query["response-content-disposition"] == (
            "attachment; filename=\"Hohle 1.jpg\"; filename*=UTF-8''H%C3%B6hle%201.jpg"
        )
        assert "response-content-disposition" not in query_of(storage.read_url("a.jpg"))


class TestNames:
    @pytest.mark.parametrize(
        ("name", "safe"),
        [
            ("holiday.jpg", "holiday.jpg"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\photos\\a.jpg", "C__photos_a.jpg"),
            ('a"; filename="b.exe', "a_; filename=_b.exe"),
            ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie_ x=1.jpg"),
            ("photo\u202egpj.exe", "photogpj.exe"),
            ("...", "photo"),
            ("", "photo"),
            ("CON.jpg", "_CON.jpg"),
            ("写真.jpg", "写真.jpg"),
            ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ],
    )
    def test_names_are_made_safe(self, name: str, safe: str) -> None:
        assert storage.safe_name(name) == safe

    @given(st.text(max_size=400))
    def test_whatever_it_is_called_the_header_is_one_line_and_says_the_name(self, name: str) -> None:
        header = storage.attachment(name)
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2
        plain = header.split('"')[1]
        assert plain
        assert plain == storage.safe_name(plain)
        assert unquote(header.partition("UTF-8''")[2]) == storage.safe_name(name)
        assert len(storage.safe_name(name)) <= 121

    def test_a_name_without_a_latin_letter_keeps_its_ending(self) -> None:
        assert 'filename="photo.jpg"' in storage.attachment("写真.jpg")
        assert 'filename="photo"' in storage.attachment("写真")


@pytest.fixture
def bucket() -> Iterator[Any]:
    from moto import mock_aws

    with mock_aws():
        clients.forget()
        clients.s3().create_bucket(Bucket="darkroom-test-uploads")
        yield clients.s3()
    clients.forget()


class TestObjects:
    def test_what_is_written_is_read(self, bucket: Any) -> None:
        storage.write("d/a.webp", b"abc", "image/webp")
        found = storage.head("d/a.webp")
        assert found is not None
        assert (found.size_bytes, found.content_type) == (3, "image/webp")
        assert storage.read("d/a.webp") == b"abc"
        assert b"".join(storage.stream("d/a.webp")) == b"abc"

    def test_nothing_there_is_told_apart(self, bucket: Any) -> None:
        assert storage.head("nothing") is None
        with pytest.raises(storage.Missing):
            storage.read("nothing")

    def test_more_than_expected_is_not_read_into_memory(self, bucket: Any) -> None:
        storage.write("big", b"x" * 100, "image/jpeg")
        with pytest.raises(ValueError, match="more than 99"):
            storage.read("big", at_most=99)
        assert len(storage.read("big", at_most=100)) == 100

    def test_a_stream_is_stored_in_parts(self, bucket: Any) -> None:
        pieces = [bytes([number]) * 3_000_000 for number in range(7)]
        assert storage.write_stream("z.zip", iter(pieces), "application/zip") == 21_000_000
        assert storage.read("z.zip") == b"".join(pieces)
        assert storage.write_stream("empty.zip", [], "application/zip") == 0
        assert storage.read("empty.zip") == b""

    def test_a_stream_that_breaks_off_leaves_nothing(self, bucket: Any) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"x" * 9_000_000
            raise RuntimeError("the source broke off")

        with pytest.raises(RuntimeError):
            storage.write_stream("z.zip", pieces(), "application/zip")
        assert storage.head("z.zip") is None
        assert not bucket.list_multipart_uploads(Bucket="darkroom-test-uploads").get("Uploads")

    def test_a_copy_is_the_same_bytes_with_the_type_that_is_said(self, bucket: Any) -> None:
        storage.write("a.jpg", b"abc", "application/octet-stream")
        for _ in range(2):
            storage.copy("a.jpg", "b/a.jpg", "image/jpeg")
        found = storage.head("b/a.jpg")
        assert found is not None
        assert (storage.read("b/a.jpg"), found.content_type) == (b"abc", "image/jpeg")
        assert "immutable" in bucket.head_object(Bucket="darkroom-test-uploads", Key="b/a.jpg")["CacheControl"]
        assert storage.head("a.jpg") is not None

    def test_what_is_gone_cannot_be_copied(self, bucket: Any) -> None:
        with pytest.raises(storage.Missing):
            storage.copy("nothing", "b.jpg", "image/jpeg")

    def test_a_stretch_of_it_is_read_alone(self, bucket: Any) -> None:
        content = bytes(range(256)) * 10_000
        storage.write("a.zip", content, "application/zip")
        for start, stop in ((0, 1), (5, 2_000_000), (1_000_000, None), (0, None), (2_559_990, 9_999_999)):
            assert b"".join(storage.stream("a.zip", start, stop)) == content[start:stop]
        assert b"".join(storage.stream("a.zip", 2_560_000, 2_560_010)) == b""
        with pytest.raises(storage.Missing):
            list(storage.stream("b.zip", 1, 2))

    def test_an_upload_in_parts_goes_on_whoever_began_it(self, bucket: Any) -> None:
        first, second = b"a" * storage.PART_BYTES, b"b"
        upload_id = storage.begin_parts("z.zip", "application/zip")
        etags = [storage.write_part("z.zip", upload_id, 1, first) for _ in range(2)]
        assert etags[0] == etags[1]
        etags[1] = storage.write_part("z.zip", upload_id, 2, second)
        assert storage.head("z.zip") is None
        storage.finish_parts("z.zip", upload_id, etags)
        assert storage.read("z.zip") == first + second

    def test_deleting_what_is_gone_is_no_error(self, bucket: Any) -> None:
        for number in range(3):
            storage.write(f"t/{number}", b"x", "image/jpeg")
        storage.delete_many([f"t/{number}" for number in range(1_200)])
        assert list(storage.keys_under("t/")) == []


class TestSizes:
    def test_pages_are_followed_until_every_key_has_been_passed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three a page here: what nobody asked about lies between, and a key that holds nothing is not there."""
        lies = {f"uploads/a/{number:02}.jpg": number for number in range(20)}
        asked: list[str] = []

        def list_objects(bucket: str, prefix: str, after: str) -> tuple[list[tuple[str, int]], bool]:
            asked.append(after)
            behind = [(key, size) for key, size in sorted(lies.items()) if key.startswith(prefix) and key > after]
            return behind[:3], len(behind) > 3

        monkeypatch.setattr(aws, "list_objects", list_objects)
        wanted = ["uploads/a/09.jpg", "uploads/a/04.jpg", "uploads/a/05.gone", "uploads/b/01.jpg"]
        assert storage.sizes(wanted) == {"uploads/a/04.jpg": 4, "uploads/a/09.jpg": 9}
        assert len(asked) == 3, "two pages of one folder, one of the other, and none behind the last key"
        assert storage.sizes([]) == {}
