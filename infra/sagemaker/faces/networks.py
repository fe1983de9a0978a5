"""The two networks and who they are: opened once, with as many threads as the machine has processors."""

import importlib.util
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

MODEL = "yunet-2023mar+dlib-resnet-v1/1"
"""Names what embeddings may be compared with. The last number grows with anything that moves them: alignment, say."""

_PACKAGE = "face_models"


def folder() -> Path:
    """Where the networks are: beside the other packages, or where FACE_MODELS says."""
    if given := os.environ.get("FACE_MODELS"):
        return Path(given)
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"the package {_PACKAGE} is not installed: infra/tools/face_models.py makes it")
    return Path(found.origin).parent


@lru_cache(maxsize=2)
def session(name: str) -> Any:
    """An open network. Its memory goes back after a run: a service that waits costs little."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(folder() / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
    )  # fmt: skip
