import { describe, expect, it } from 'vitest';
import { bitmap, decode, preview } from './thumbhash';

const bytes = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** What `thumbhash` 0.1.1 of npm draws at 32 pixels: size, then the corners and the middle. */
const known = [
  {
    hash: '4PcBFYRJoTh4BaGAZjVIaFZmAANq', // landscape; made by our own encoder's test
    size: [32, 23],
    colours: [
      [88, 142, 158],
      [107, 134, 147],
      [143, 130, 114],
      [107, 134, 147],
      [134, 107, 147],
    ],
  },
  {
    hash: 'HvgJLRpwdnB3d3doh3d4d6GQCvd4', // portrait
    size: [23, 32],
    colours: [
      [0, 7, 48],
      [240, 7, 103],
      [114, 107, 138],
      [0, 255, 98],
      [228, 240, 92],
    ],
  },
  {
    hash: 'HggKLxpgdndwd3d2eGh3eId3Bwu4cI8I', // square
    size: [32, 32],
    colours: [
      [0, 0, 32],
      [255, 1, 83],
      [124, 120, 160],
      [0, 255, 83],
      [251, 239, 89],
    ],
  },
  {
    hash: 'XRgOIppxdndwh2iHsJQN94g=', // wide
    size: [32, 9],
    colours: [
      [5, 0, 0],
      [255, 3, 63],
      [132, 114, 157],
      [0, 230, 72],
      [255, 239, 125],
    ],
  },
];

describe('decode', () => {
  it.each(known)('draws $hash as the reference does', ({ hash, size, colours }) => {
    const pixels = decode(bytes(hash), 32);
    if (!pixels) throw new Error('not decoded');
    const { width, height, rgb } = pixels;
    expect([width, height]).toEqual(size);
    const at = (x: number, y: number) => [...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    const seen = [
      at(0, 0),
      at(width - 1, 0),
      at(width >> 1, height >> 1),
      at(0, height - 1),
      at(width - 1, height - 1),
    ];
    seen.forEach((colour, spot) =>
      colour.forEach((value, channel) =>
        expect(Math.abs(value - (colours[spot]?.[channel] ?? NaN))).toBeLessThanOrEqual(1),
      ),
    );
  });

  it('refuses what is too short, and what has transparency', () => {
    expect(decode(new Uint8Array(4), 32)).toBeNull();
    const transparent = bytes(known[0]?.hash ?? '');
    transparent[2] = (transparent[2] ?? 0) | 0x80;
    expect(decode(transparent, 32)).toBeNull();
  });
});

describe('bitmap', () => {
  it('is a file of 24 bits a pixel, blue first, each row on four bytes', () => {
    const file = bitmap({ width: 1, height: 2, rgb: new Uint8Array([1, 2, 3, 4, 5, 6]) });
    expect(String.fromCharCode(...file.subarray(0, 2))).toBe('BM');
    expect(file.length).toBe(54 + 8);
    expect([...file.subarray(54)]).toEqual([3, 2, 1, 0, 6, 5, 4, 0]);
  });
});

describe('preview', () => {
  it('is a small address', () => {
    const address = preview('4PcBFYRJoTh4BaGAZjVIaFZmAANq');
    expect(address).toMatch(/^data:image\/bmp;base64,Qk/);
    expect(address?.length).toBeLessThan(1000);
  });
  it('is nothing when there is none, or none that we can read', () => {
    expect([null, '', 'not base64!', 'AAAA'].map(preview)).toEqual([null, null, null, null]);
  });
});
