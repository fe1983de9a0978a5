"""Prints of long ago, laid on a scanner: faded, yellowed, dusty, and a little crooked."""

import numpy as np
from PIL import Image, ImageDraw

from infra.local.demo.painting.canvas import Random, blurred, colour, from_image, mix, noise, smooth, to_image


def scanned(picture: Image.Image, random: Random, *, black_and_white: bool) -> Image.Image:
    print_ = from_image(picture.resize((1400, int(1400 * picture.height / picture.width))))
    height, width = print_.shape[:2]
    print_ = blurred(print_, 1.2)
    grey = print_ @ np.array([0.3, 0.59, 0.11], np.float32)
    if black_and_white:
        print_ = mix(colour("#2a221b"), colour("#f1e6d2"), smooth(0.02, 0.98, grey))
    else:
        faded = mix(np.repeat(grey[..., None], 3, -1), print_, 0.62)
        print_ = faded * np.array([0.82, 0.72, 0.58], np.float32) + np.array([0.15, 0.1, 0.07], np.float32)
    leak = np.exp(-(((np.arange(width) / width - random.random() * 1.4) / 0.16) ** 2)).astype(np.float32)
    print_ = print_ + (0.16 * leak)[None, :, None] * colour("#ff9a4a")
    print_ += (noise(random, height, width, 3, 2) - 0.5)[..., None] * 0.07
    image = to_image(print_)
    draw = ImageDraw.Draw(image)
    for _ in range(46):
        x, y, size = random.random() * width, random.random() * height, random.uniform(0.5, 2.2)
        draw.ellipse((x - size, y - size, x + size, y + size), (236, 226, 206))
    for _ in range(3):
        x, y = random.random() * width, random.random() * height
        draw.line([(x + 9 * step, y + random.normal() * 5) for step in range(12)], (222, 210, 188))
    border = 56
    paper = Image.new("RGB", (width + 2 * border, height + 2 * border), (238, 229, 209))
    paper.paste(image, (border, border))
    desk = Image.new("RGB", (paper.width + 130, paper.height + 130), (203, 200, 194))
    turned = paper.convert("RGBA").rotate(random.uniform(-1.6, 1.6), Image.Resampling.BICUBIC, expand=True)
    shadow = Image.new("RGBA", turned.size, (60, 54, 48, 255))
    at = ((desk.width - turned.width) // 2, (desk.height - turned.height) // 2)
    desk.paste(shadow, (at[0] + 5, at[1] + 7), turned.getchannel("A").point(lambda value: value // 3))
    desk.paste(turned, at, turned)
    return desk
