"""dlib's own pipeline, as the package face_recognition runs it: HOG detector, five landmarks, ResNet.

In an environment of its own (dependency group face-peer). A path a line comes in, a line of JSON goes out.
"""

import importlib.util
import json
import sys
import time
from pathlib import Path

import dlib
import numpy as np
from PIL import Image

found = importlib.util.find_spec("face_recognition_models")
assert found is not None
assert found.origin is not None
models = Path(found.origin).parent / "models"
detect = dlib.get_frontal_face_detector()
landmarks = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))
for line in sys.stdin:
    started = time.perf_counter()
    picture = np.asarray(Image.open(line.strip()).convert("RGB"))
    boxes = detect(picture, 1)
    faces = [list(network.compute_face_descriptor(picture, landmarks(picture, box))) for box in boxes]
    print(json.dumps({"seconds": time.perf_counter() - started, "faces": faces}), flush=True)
