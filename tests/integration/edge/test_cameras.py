"""Cameras on the network, video files, and what is no camera: real servers and real files."""

from pathlib import Path

import numpy as np
import pytest

from darkroom_agent.cameras import open_source
from darkroom_agent.cameras.network import HttpSource
from darkroom_agent.cameras.video import FileSource, opencv
from darkroom_agent.errors import CameraFailed, WrongUsage
from darkroom_agent.images import look
from tests.fakes.mjpeg_camera import MjpegCamera, frame


@pytest.mark.parametrize("path", ["/mjpeg", "/bare", "/still", "/still?size=large"])
def test_a_cameras_jpeg_is_kept_byte_for_byte(camera: MjpegCamera, path: str) -> None:
    content = HttpSource(camera.url(path)).take()
    assert content in camera.sent
    assert look(content).width == 16


@pytest.mark.parametrize("path", ["/mjpeg", "/bare"])
def test_a_frame_that_was_at_hand_is_dropped(camera: MjpegCamera, path: str) -> None:
    camera.stale = frame(999_999)
    source = HttpSource(camera.url(path))
    for _ in range(2):
        before = len(camera.sent)
        assert source.take() in camera.sent[before:]


@pytest.mark.parametrize("path", ["/mjpeg", "/bare"])
def test_a_camera_that_gives_one_frame_and_closes(camera: MjpegCamera, path: str) -> None:
    camera.only_one = True
    assert HttpSource(camera.url(path)).take() == camera.sent[0]


def test_a_slow_camera_has_its_first_frame_taken(camera: MjpegCamera) -> None:
    assert HttpSource(camera.url(), second_frame=0).take() == camera.sent[0]


def test_a_camera_that_falls_silent_after_one_has_that_taken(camera: MjpegCamera) -> None:
    camera.pauses_after_one = True
    assert HttpSource(camera.url(), timeout=100, second_frame=0.3).take() == camera.sent[0]


def test_a_camera_with_a_password(camera: MjpegCamera) -> None:
    camera.password = "ada:s3cret/"
    source = open_source(camera.url("/still", login="ada:s3cret%2F@"))
    assert source.take() == camera.sent[0]
    assert "s3cret" not in f"{source.name}{source.described()}"
    with pytest.raises(CameraFailed, match="401") as failed:
        HttpSource(camera.url("/still", login="ada:wrong@")).take()
    assert "wrong" not in str(failed.value)


def test_what_is_no_camera_says_so(camera: MjpegCamera) -> None:
    with pytest.raises(CameraFailed, match="neither MJPEG nor an image"):
        HttpSource(camera.url("/page")).take()
    with pytest.raises(CameraFailed, match="404"):
        HttpSource(camera.url("/nothing")).take()
    camera.breaks_off = True
    with pytest.raises(CameraFailed, match="broke off"):
        HttpSource(camera.url()).take()


def test_a_camera_that_talks_without_end_is_given_up(camera: MjpegCamera) -> None:
    camera.says_nothing_but_words = True
    with pytest.raises(CameraFailed, match="in time"):
        HttpSource(camera.url(), patience=0.2).take()


def test_a_camera_that_is_not_there() -> None:
    with MjpegCamera() as gone:
        address = gone.url()
    with pytest.raises(CameraFailed, match="cannot be reached"):
        HttpSource(address).take()


def test_rtsp_that_is_refused_says_so_without_its_password(camera: MjpegCamera) -> None:
    source = open_source("rtsp://ada:s3cret@127.0.0.1:9/stream")
    with pytest.raises(CameraFailed, match="cannot be opened") as failed:
        source.take()
    assert "s3cret" not in f"{failed.value}{source.name}{source.described()}"


@pytest.mark.parametrize("text", ["ftp://camera", "", "gopher://x"])
def test_what_can_be_no_camera_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no camera"):
        open_source(text)


@pytest.mark.parametrize("text", ["/dev/video97", "97", "/nowhere/at/all"])
def test_a_camera_that_is_missing_says_so_at_once(text: str) -> None:
    with pytest.raises(CameraFailed, match="There is no camera"):
        open_source(text)


def test_the_pis_camera_needs_its_library() -> None:
    with pytest.raises(CameraFailed, match="picamera2 is not there"):
        open_source("picamera").take()


# --- video files ------------------------------------------------------------------------------------------------------

FRAMES = 30


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Three seconds that grow lighter from frame to frame."""
    cv2 = opencv()
    path = tmp_path / "day.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (64, 48))
    for number in range(FRAMES):
        writer.write(np.full((48, 64, 3), 8 * number, np.uint8))
    writer.release()
    return path


def shown(content: bytes) -> int:
    """The number of the frame that a photo shows."""
    cv2 = opencv()
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    return round(float(picture.mean()) / 8)


def test_a_video_plays_on_and_starts_over(video: Path) -> None:
    now = [0.0]
    source = FileSource(video, now=lambda: now[0])
    seen = []
    for seconds in (0.0, 0.5, 2.9, 3.0, 3.5, 3_000_000_001.0):
        now[0] = seconds
        seen.append(shown(source.take()))
    assert seen == [0, 5, 29, 0, 5, 10]


def test_a_file_that_is_no_video_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a video")
    with pytest.raises(CameraFailed, match="cannot be opened"):
        open_source(str(path)).take()


def test_a_video_that_is_gone_says_so(video: Path) -> None:
    source = open_source(str(video))
    video.unlink()
    with pytest.raises(CameraFailed, match="is gone"):
        source.take()
