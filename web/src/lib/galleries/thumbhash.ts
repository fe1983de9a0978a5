/**
 * ThumbHash (Evan Wallace): some 20 bytes that hold the lowest frequencies of a picture, drawn here as the blurred
 * preview that stands in its place until it comes. Photos have no transparency, so the format's alpha is refused.
 */
export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue; rows from the top. */
  rgb: Uint8Array;
}

/** A preview has at most seven waves across: more pixels than this show nothing more. */
const PREVIEW_EDGE = 16;
const CONSTANT_BYTES = 5;
/** Colours are kept small: the encoder's full scale of them is a quarter more than what was meant. */
const COLOUR_BOOST = 1.25;

export function decode(hash: Uint8Array, edge: number): Pixels | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = hash;
  const constants = a | (b << 8) | (c << 16);
  const scales = d | (e << 8);
  if (hash.length < CONSTANT_BYTES || constants >> 23) return null;
  const landscape = scales >> 15 === 1;
  const shorter = scales & 7;
  const across = Math.max(3, landscape ? 7 : shorter);
  const down = Math.max(3, landscape ? shorter : 7);
  const ratio = landscape ? 7 / Math.max(1, shorter) : Math.max(1, shorter) / 7;

  let at = 0;
  const channel = (wide: number, high: number, scale: number): Wave[] => {
    const waves: Wave[] = [];
    for (let y = 0; y < high; y += 1) {
      for (let x = y > 0 ? 0 : 1; x * high < wide * (high - y); x += 1) {
        const byte = hash[CONSTANT_BYTES + (at >> 1)] ?? 0;
        waves.push({ x, y, strength: (((byte >> ((at & 1) * 4)) & 15) / 7.5 - 1) * scale });
        at += 1;
      }
    }
    return waves;
  };
  const light = channel(across, down, ((constants >> 18) & 31) / 31);
  const yellow = channel(3, 3, (((scales >> 3) & 63) / 63) * COLOUR_BOOST);
  const red = channel(3, 3, (((scales >> 9) & 63) / 63) * COLOUR_BOOST);
  const means = [
    (constants & 63) / 63,
    ((constants >> 6) & 63) / 31.5 - 1,
    ((constants >> 12) & 63) / 31.5 - 1,
  ] as const;

  const width = Math.round(ratio > 1 ? edge : edge * ratio);
  const height = Math.round(ratio > 1 ? edge / ratio : edge);
  const rgb = new Uint8Array(width * height * 3);
  const columns = cosines(width, Math.max(across, 3));
  const rows = cosines(height, Math.max(down, 3));
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const sum = (waves: Wave[], mean: number) =>
        waves.reduce(
          (total, wave) => total + wave.strength * (columns[wave.x]?.[x] ?? 0) * (rows[wave.y]?.[y] ?? 0) * 2,
          mean,
        );
      const [l, p, q] = [sum(light, means[0]), sum(yellow, means[1]), sum(red, means[2])];
      const blue = l - (2 / 3) * p;
      const r = (3 * l - blue + q) / 2;
      for (const value of [r, r - q, blue]) rgb[to++] = Math.trunc(Math.max(0, 255 * Math.min(1, value)));
    }
  }
  return { width, height, rgb };
}

interface Wave {
  x: number;
  y: number;
  strength: number;
}

function cosines(length: number, count: number): number[][] {
  return Array.from({ length: count }, (_, wave) =>
    Array.from({ length }, (_, at) => Math.cos((Math.PI / length) * wave * (at + 0.5))),
  );
}

/** As a bitmap file: the one format that needs neither a canvas nor checksums, and at this size nothing to pack. */
export function bitmap({ width, height, rgb }: Pixels): Uint8Array {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = new Uint8Array(54 + stride * height);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(2, file.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // from the top
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 3;
      file.set([rgb[from + 2] ?? 0, rgb[from + 1] ?? 0, rgb[from] ?? 0], 54 + y * stride + x * 3);
    }
  }
  return file;
}

/** A small picture's address, ready for a background; null when there is no preview to be had. */
export function preview(thumbhash: string | null): string | null {
  if (thumbhash === null) return null;
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(thumbhash), (character) => character.charCodeAt(0));
  } catch {
    return null; // of a later format
  }
  const pixels = decode(bytes, PREVIEW_EDGE);
  return pixels && `data:image/bmp;base64,${btoa(String.fromCharCode(...bitmap(pixels)))}`;
}
