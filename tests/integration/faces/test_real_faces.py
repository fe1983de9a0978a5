"""The service with its networks and photos of real faces: what it finds, whom it takes for whom, what it refuses."""

import io
import math
import random
import struct
import zlib

import pytest
from PIL import Image

from infra.sagemaker.faces import looking
from infra.sagemaker.faces.looking import Unreadable
from tests.factories import faces as real

pytestmark = real.needs_networks


def center(face: dict[str, list[float]]) -> tuple[float, float]:
    left, top, width, height = face["box"]
    return left + width / 2, top + height / 2


def alike(one: dict[str, list[float]], other: dict[str, list[float]]) -> float:
    return 1 - math.dist(one["embedding"], other["embedding"])


def test_one_face_is_found_once_and_where_it_is() -> None:
    answer = looking.find(real.photo("obama.jpg"))
    [face] = answer["faces"]
    assert center(face) == pytest.approx((0.54, 0.22), abs=0.03)
    assert face["confidence"] > 0.9
    assert len(face["embedding"]) == 128
    left_eye, right_eye, nose, left_mouth, right_mouth = face["landmarks"]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_eye[1] < nose[1] < left_mouth[1]
    assert left_mouth[0] < right_mouth[0]


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_that_lies_on_its_side_and_says_so_is_turned(orientation: int) -> None:
    upright = looking.find(real.encoded(real.opened("obama.jpg")))["faces"]
    [face] = looking.find(real.encoded(real.opened("obama.jpg"), orientation=orientation))["faces"]
    assert face["box"] == pytest.approx(upright[0]["box"], abs=0.01)
    assert alike(face, upright[0]) > 0.9


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_of_file_show_the_same(kind: str) -> None:
    picture = real.opened("obama.jpg")
    [one], [other] = (looking.find(real.encoded(picture, each))["faces"] for each in ("JPEG", kind))
    assert alike(one, other) > 0.8


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "CMYK"])
def test_grey_and_odd_pictures_are_looked_at(mode: str) -> None:
    photo = real.encoded(real.opened("obama.jpg").convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    assert len(looking.find(photo)["faces"]) == 1


@pytest.mark.parametrize("name", real.AT_THE_EDGE)
def test_a_face_at_the_edge_is_found_and_still_the_same_person(name: str) -> None:
    [face] = looking.find(real.photo(name))["faces"]
    left, top, width, height = face["box"]
    assert min(left, top) >= 0
    assert max(left + width, top + height) <= 1
    assert looking.compare(real.photo(name), real.photo("obama.jpg"))["same"] is True


@pytest.mark.parametrize(("height", "columns", "rows"), [(80, 4, 3), (200, 6, 4)])
def test_small_and_many_faces_are_each_found_once(height: int, columns: int, rows: int) -> None:
    crowd = real.crowd((real.BIDEN, *real.OBAMA), columns, rows, height)
    assert len(looking.find(real.encoded(crowd))["faces"]) == columns * rows


def test_where_nobody_is_nobody_is_found() -> None:
    noise = Image.frombytes("RGB", (600, 400), random.Random(7).randbytes(600 * 400 * 3))
    for picture in (
        noise,
        Image.new("RGB", (1, 1)),
        Image.new("RGB", (3_000, 2)),
        Image.new("RGB", (40, 3_000), "red"),
    ):
        assert looking.find(real.encoded(picture))["faces"] == []


def test_one_person_is_the_same_in_every_photo() -> None:
    for one in real.OBAMA:
        for other in (*real.OBAMA, *real.AT_THE_EDGE):
            answer = looking.compare(real.photo(one), real.photo(other))
            assert answer["same"] is True, (one, other, answer["likeness"])
    assert looking.compare(*map(real.photo, real.SAME_PICTURE))["likeness"] > 0.9


def test_another_person_is_another() -> None:
    for name in (*real.OBAMA, *real.AT_THE_EDGE):
        answer = looking.compare(real.photo(real.BIDEN), real.photo(name))
        assert answer["same"] is False, (name, answer["likeness"])


def test_everybody_of_a_group_is_looked_for() -> None:
    both = real.encoded(real.crowd((real.BIDEN, "obama.jpg"), 2, 1, 500))
    swapped = real.encoded(real.crowd(("obama.jpg", real.BIDEN), 2, 1, 400))
    assert looking.compare(both, swapped)["same"] is True
    lost = looking.compare(both, real.photo("obama.jpg"))
    assert (lost["same"], lost["likeness"], lost["faces"]) == (False, 0.0, [2, 1])
    assert looking.compare(real.photo("obama.jpg"), both)["same"] is True
    nobody = real.encoded(Image.new("RGB", (400, 400), "grey"))
    assert looking.compare(nobody, both)["same"] is None


def test_a_worse_copy_is_the_same_person() -> None:
    """What the identity gate sees: an old photo, small, grey and noisy, beside a clean one."""
    picture = real.opened("obama.jpg")
    worse = picture.convert("L").resize((picture.width // 3, picture.height // 3))
    out = io.BytesIO()
    worse.save(out, "JPEG", quality=30)
    assert looking.compare(out.getvalue(), real.photo("obama.jpg"))["same"] is True


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packed = zlib.compress(b"\0" * 20_000_000, 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (9_000, 9_000), (2**31 - 1, 1), (0, 5)])
def test_a_bomb_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable):
        looking.find(_bomb(*size))


@pytest.mark.parametrize("content", [b"", b"\0", b"GIF89a", b"%PDF-1.7", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0" * 50])
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        looking.find(content)


def test_damage_is_refused_or_looked_at_and_nothing_else() -> None:
    chance = random.Random(11)
    whole = real.encoded(real.small("obama.jpg", 200))
    for _ in range(60):
        damaged = bytearray(whole[: chance.randrange(20, len(whole))] if chance.random() < 0.4 else whole)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            answer = looking.find(bytes(damaged))
        except Unreadable:
            continue
        assert all(math.isfinite(number) for face in answer["faces"] for number in (*face["box"], *face["embedding"]))
