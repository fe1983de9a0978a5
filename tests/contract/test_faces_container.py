"""The face service's container and endpoint promise what they need: their files, their packages, and no way out."""

import re
import subprocess
import sys
from pathlib import Path

from infra.tools import bootstrap, templates
from infra.tools.templates import ROOT

DOCKERFILE = (ROOT / "infra" / "sagemaker" / "faces" / "Dockerfile").read_text()
FACES = next(template for template in templates.load_all() if template.name == "Faces")
# What the dependency group `faces` brings, by the names that are imported.
PACKAGES = {"PIL", "numpy", "onnxruntime", "pi_heif", "_pi_heif", "flatbuffers", "google", "packaging", "face_models"}


def test_every_file_that_is_copied_is_there() -> None:
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    assert copied
    assert [name for name in copied if not list(ROOT.glob(name))] == []


def test_it_is_made_with_the_tools_of_the_house() -> None:
    version = re.search(r"^PYTHON_VERSION := (\S+)$", (ROOT / "layers" / "python.mk").read_text(), re.MULTILINE)
    assert version is not None
    assert set(re.findall(r"^FROM python:([\d.]+)-slim", DOCKERFILE, re.MULTILINE)) == {version[1]}
    assert re.findall(r"uv==(\S+)", DOCKERFILE) == [bootstrap.UV]


def test_it_imports_nothing_that_it_does_not_bring(tmp_path: Path) -> None:
    """Laid out as in the image, everything that the service and a photo of each kind import."""
    for module in (ROOT / "infra" / "sagemaker" / "faces").glob("*.py"):
        target = tmp_path / "infra" / "sagemaker" / "faces" / module.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(module.read_bytes())
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "darkroom").symlink_to(ROOT / "layers" / "darkroom" / "darkroom")
    look = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "import onnxruntime\n"
        "from infra.sagemaker.faces import looking, server\n"
        "from PIL import Image\n"
        "looking._opened(open(sys.argv[3], 'rb').read())\n"
        "files = {name: getattr(module, '__file__', None) or '' for name, module in sys.modules.items()}\n"
        "print(*{name.partition('.')[0] for name, file in files.items() if 'site-packages' in file})"
    )  # fmt: skip
    roots = [str(tmp_path), str(tmp_path / "layers"), str(ROOT / "tests" / "fixtures" / "photo.heic")]
    done = subprocess.run(
        [sys.executable, "-I", "-c", look, *roots], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= PACKAGES


def test_what_it_sees_goes_nowhere() -> None:
    [model] = FACES.of_type("AWS::SageMaker::Model").values()
    assert model["EnableNetworkIsolation"] is True
    [configuration] = FACES.of_type("AWS::SageMaker::EndpointConfig").values()
    assert "DataCaptureConfig" not in configuration
    assert "AsyncInferenceConfig" not in configuration


def test_nobody_has_it_who_has_not_asked() -> None:
    root = templates.load_all()
    main = next(iter(root))
    assert main.resources["Faces"]["Condition"] == "ManagedFaces"
    assert main.document["Parameters"]["FacesImage"]["Default"] == ""
