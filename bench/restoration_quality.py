"""How near restored photos come to the truth, beside the aged ones and a ready-made pipeline; and who is refused.

Photos that are free to use (scikit-image brings them: NASA's, and such in the public domain or CC0) and painted scenes
are aged with fixed seeds (tests/factories/ageing.py): `usual` as prints mostly come, `light` those that were kept well,
where there is little to win. PSNR and SSIM are against the photo before it aged. The peer is what one would write in
two lines: fastNlMeansDenoisingColored and CLAHE, at the values that OpenCV's own tutorials give.

Then `is_worse` (darkroom.images.quality) judges results without the truth: of the restorer, of the peer, and such as
were spoiled in a dozen ways. Its limits and the restorer's were chosen on the seeds 10, 20 and 30 of these and other
pictures; what is shown are other seeds. Whether a picture was misty or has faded nobody can tell without the truth.

    make bench ARGS=restoration_quality
"""

import io
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench import measure
from bench.platform import Platform
from darkroom.images import quality
from infra.local.predictions import spoiling
from infra.local.restorer.pipeline import restore
from infra.local.restorer.wishes import Wishes
from tests.factories import ageing, scenery

Picture = NDArray[np.uint8]

PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "camera.png", "hubble_deep_field.jpg")
SCENES = ("shore", "mountains", "town", "forest", "room")
SEEDS = (100, 200)
WEARS = {"usual": ageing.usual, "light": ageing.light}
LONGEST = 512
BETTER_BY = 2.0  # decibels, on the average of `usual`, than the aged photo and than the peer; of `light` no loss at all
WORSE_BY = 1.0  # decibels below the aged photo from which a result must be refused
THROUGH_MOST = {"spoiled": 0.01, "ours": 0.0}  # of results worse by that much, or of all that the restorer makes
REFUSED_MOST = 0.10  # of the restorer's results that are better
OURS = "restored"


class Case(NamedTuple):
    truth: Picture
    aged: Picture
    wear: str


def run(platform: Platform) -> bool:  # noqa: ARG001 - needs no database
    """Worn photos gain, others lose nothing, all of it on the average; and few verdicts are wrong."""
    kept = _restorer()
    return _judge() and kept


def cases(seeds: tuple[int, ...]) -> Iterator[Case]:
    for number, truth in enumerate(truths()):
        for seed in seeds:
            for name, wear in WEARS.items():
                yield Case(truth, ageing.aged(truth, wear(seed + number), seed + number), name)


def truths() -> list[Picture]:
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    photos = [_small(Image.open(folder / name).convert("RGB")) for name in PHOTOS]
    return photos + [_small(scenery.paint(scenery.Setting(kind, 7), 3)) for kind in SCENES]


def _small(image: Image.Image) -> Picture:
    image.thumbnail((LONGEST, LONGEST))
    return np.asarray(image)


def peer(picture: Picture) -> Picture:
    """Denoised at the strength of the tutorial, and local contrast."""
    lab = cv2.cvtColor(cv2.fastNlMeansDenoisingColored(picture, None, 10, 10, 7, 21), cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(np.ascontiguousarray(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def psnr(truth: Picture, other: Picture) -> float:
    error = float(((truth.astype(np.float64) - other) ** 2).mean())
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))


def ssim(truth: Picture, other: Picture) -> float:
    from skimage.metrics import structural_similarity

    return float(structural_similarity(truth, other, channel_axis=2))  # type: ignore[no-untyped-call]


def _restorer() -> bool:
    rows = [["wear", "photos", "PSNR aged", "restored", "peer", "SSIM aged", "restored", "peer", "worse than aged"]]
    kept = True
    for wear in WEARS:
        measured: list[list[float]] = []
        for case in cases(SEEDS):
            if case.wear == wear:
                results = (case.aged, restore(case.aged, Wishes()), peer(case.aged))
                measured.append(
                    [*(psnr(case.truth, one) for one in results), *(ssim(case.truth, one) for one in results)]
                )
        means = [statistics.mean(column) for column in zip(*measured, strict=True)]
        worse = sum(row[1] < row[0] for row in measured)
        rows.append([
            wear, str(len(measured)), *(f"{mean:.2f}" for mean in means[:3]), *(f"{mean:.3f}" for mean in means[3:]),
            f"{worse} of {len(measured)}",
        ])  # fmt: skip
        gained = BETTER_BY if wear == "usual" else 0.0
        kept &= means[1] >= means[0] + gained and means[1] >= means[2] + gained and means[4] >= means[3]
    print(measure.table(rows))
    return kept


def _spoilings() -> dict[str, Callable[[Picture], Picture]]:
    luck = np.random.default_rng(5)

    def noisy(picture: Picture) -> Picture:
        return _clip(picture + luck.normal(0, 22, picture.shape))

    def compressed(picture: Picture) -> Picture:
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=4)
        return np.asarray(Image.open(out).convert("RGB"))

    return {
        "blurred": lambda picture: _array(cv2.GaussianBlur(picture, (0, 0), 3.0)),
        "noisy": noisy,
        "compressed": compressed,
        "overdrawn": lambda picture: _clip((picture.astype(float) - 128) * 2.4 + 128),
        "dark": lambda picture: _clip(picture * 0.45),
        "faded": lambda picture: _clip(picture * 0.45 + 90),
        "red for blue": lambda picture: _array(picture[..., ::-1]),
        "tinted": lambda picture: _clip(picture + np.array([45, 0, -45])),
        "mirrored": lambda picture: _array(picture[:, ::-1]),
        "posterised": lambda picture: _array(picture // 64 * 64 + 32),
        "negative": lambda picture: _array(255 - picture),
        "worse (fault)": spoiling.worse,
        "other_face (fault)": spoiling.other_face,
    }


def results(case: Case) -> Iterator[tuple[str, Picture]]:
    """What may come back for an aged photo."""
    restored = restore(case.aged, Wishes())
    yield "restored", restored
    yield "restored, fidelity 0", restore(case.aged, Wishes(fidelity=0))
    yield "restored, fidelity 1", restore(case.aged, Wishes(fidelity=1))
    yield "peer", peer(case.aged)
    for name, spoil in _spoilings().items():
        yield name, spoil(restored)


def _judge() -> bool:
    counts: dict[str, list[int]] = {}
    reasons: dict[str, set[str]] = {}
    for case in cases(SEEDS):
        aged = psnr(case.truth, case.aged)
        for name, result in results(case):
            verdict = quality.compared(case.aged, result)
            change = psnr(case.truth, result) - aged
            tally = counts.setdefault(name, [0, 0, 0, 0, 0])
            is_worse, is_better = change < -WORSE_BY, change >= 0
            for place, hit in enumerate(
                (1, is_worse, is_worse and not verdict, is_better, is_better and bool(verdict))
            ):
                tally[place] += hit
            if verdict.reason:
                reasons.setdefault(name, set()).add(verdict.reason)
    rows = [["result", "photos", "worse", "let through", "better", "refused", "reasons"]]
    rows += [[name, *map(str, tally), ", ".join(sorted(reasons.get(name, ())))] for name, tally in counts.items()]
    print(f"\nis_worse, worse by more than {WORSE_BY:g} dB:\n\n{measure.table(rows)}")
    peers = counts.pop("peer")
    ours = [tally for name, tally in counts.items() if name.startswith(OURS)]
    spoiled = [tally for name, tally in counts.items() if not name.startswith(OURS)]
    made, through, better, refused = (sum(tally[place] for tally in ours) for place in (0, 2, 3, 4))
    worse, spoiled_through = (sum(tally[place] for tally in spoiled) for place in (1, 2))
    print(
        f"\n  the restorer's: {through} of {made} let through although worse, {refused} of {better} refused although"
        f" better\n  spoiled: {spoiled_through} of {worse} let through although worse"
        f"\n  the peer's: {peers[2]} of {peers[1]}"
    )
    return (
        through <= THROUGH_MOST["ours"] * made
        and spoiled_through <= THROUGH_MOST["spoiled"] * worse
        and refused <= REFUSED_MOST * better
    )


def _clip(values: NDArray[Any]) -> Picture:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _array(values: Any) -> Picture:
    return np.ascontiguousarray(np.asarray(values, np.uint8))
