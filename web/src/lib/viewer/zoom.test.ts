import { describe, expect, it } from 'vitest';
import { CLOSEST, fit, fitted, held, zoomed } from './zoom';

const room = { width: 1000, height: 600, fitWidth: 900, fitHeight: 600 };

describe('zooming', () => {
  it('keeps what is under the pointer under it', () => {
    const at = { x: 200, y: 100 };
    const view = zoomed(fitted, 2, at, room);
    // The same point of the picture, seen from its middle, before and after.
    expect((at.x - view.x) / view.scale).toBeCloseTo(at.x);
    expect((at.y - view.y) / view.scale).toBeCloseTo(at.y);
  });
  it('ends at whole and at close', () => {
    expect(zoomed({ scale: 2, x: 300, y: 20 }, 0.5, { x: 0, y: 0 }, room)).toEqual(fitted);
    expect(zoomed(fitted, 99, { x: 0, y: 0 }, room).scale).toBe(CLOSEST);
  });
  it('leaves no gap beside a picture that could fill it', () => {
    expect(held({ scale: 2, x: 9999, y: -9999 }, room)).toEqual({ scale: 2, x: 400, y: -300 });
    expect(held({ scale: 1, x: 50, y: 50 }, room)).toEqual(fitted);
  });
});

describe('fitting', () => {
  it('makes large pictures small and leaves small ones', () => {
    expect(fit({ width: 6000, height: 4000 }, { width: 1000, height: 600 })).toEqual({
      fitWidth: 900,
      fitHeight: 600,
    });
    expect(fit({ width: 60, height: 40 }, { width: 1000, height: 600 })).toEqual({
      fitWidth: 60,
      fitHeight: 40,
    });
    expect(fit({ width: 60, height: 40 }, { width: 1000, height: 600 }, Infinity)).toEqual({
      fitWidth: 900,
      fitHeight: 600,
    });
    expect(fit({ width: null, height: null }, { width: 1000, height: 600 })).toEqual({
      fitWidth: 1000,
      fitHeight: 600,
    });
  });
});
