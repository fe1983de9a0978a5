"""Draws the installable app's icons from the mark: `python web/scripts/icons.py`. Run when the mark changes."""

from pathlib import Path

from PIL import Image, ImageDraw

ICONS = Path(__file__).parents[1] / "static" / "icons"
GROUND, LAMP, TRAY = "#211713", "#ff7a4d", "#f0e6dc"
FINE = 4  # drawn larger and brought down, so that edges are smooth


def mark(size: int, *, corner: float, scale: float) -> Image.Image:
    """The 28-unit mark; `scale` shrinks what is drawn into the safe zone of a maskable icon."""
    side = size * FINE
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, side, side), radius=side * corner, fill=GROUND)

    def at(value: float) -> float:
        return (14 + (value - 14) * scale) * side / 28

    draw.pieslice((at(7.5), at(10), at(20.5), at(23)), 180, 360, fill=LAMP)
    draw.rounded_rectangle((at(4.6), at(19.1), at(23.4), at(20.9)), radius=at(14.9) - at(14), fill=TRAY)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    mark(192, corner=0.25, scale=1).save(ICONS / "mark-192.png", optimize=True)
    mark(512, corner=0.25, scale=1).save(ICONS / "mark-512.png", optimize=True)
    mark(512, corner=0, scale=0.8).save(ICONS / "maskable-512.png", optimize=True)
    mark(180, corner=0, scale=0.92).convert("RGB").save(ICONS / "apple-touch-icon.png", optimize=True)
