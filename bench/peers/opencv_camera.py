"""A camera program as one would write it in an afternoon: OpenCV reads the stream and writes a photo each second.

python -m bench.peers.opencv_camera ADDRESS FILE SECONDS
"""

import sys
import time

import cv2


def main() -> None:
    """It keeps nothing, sends nothing and survives nothing."""
    address, file, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    camera = cv2.VideoCapture(address)
    for _ in range(seconds):
        began = time.monotonic()
        is_there, frame = camera.read()
        if is_there:
            cv2.imwrite(file, frame)
        time.sleep(max(0.0, 1 - (time.monotonic() - began)))


if __name__ == "__main__":
    main()
