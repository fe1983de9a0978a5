import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Hands, type Touch } from './hands';
import { CLOSER, fitted, type View } from './zoom';

let view: View;
const parts = {
  view: () => view,
  room: () => ({ width: 400, height: 800, fitWidth: 400, fitHeight: 300 }),
  see: (next: View) => void (view = next),
  swipe: vi.fn(),
  turn: vi.fn(),
  leave: vi.fn(),
};
let hands: Hands;

const touch = (x: number, y: number, more: Partial<Touch> = {}): Touch => ({
  pointerId: 1,
  pointerType: 'touch',
  clientX: x,
  clientY: y,
  timeStamp: 0,
  button: 0,
  currentTarget: null,
  target: null,
  ...more,
});

function drag(from: [number, number], to: [number, number]): void {
  hands.down(touch(...from));
  hands.move(touch(...to));
  hands.up(touch(...to));
}

beforeEach(() => {
  view = fitted;
  vi.clearAllMocks();
  hands = new Hands(parts);
});

describe('one finger', () => {
  it('turns to the next and the one before, not for a little', () => {
    drag([300, 100], [200, 110]);
    drag([100, 100], [200, 90]);
    drag([100, 100], [140, 100]);
    expect(parts.turn.mock.calls).toEqual([[1], [-1]]);
    expect(parts.swipe).toHaveBeenCalledWith(-100);
    expect(parts.swipe).toHaveBeenLastCalledWith(0);
  });
  it('pulls the photo down to leave', () => {
    drag([100, 100], [110, 300]);
    expect(parts.leave).toHaveBeenCalledOnce();
  });
  it('moves a photo that is close, and turns nothing', () => {
    view = { scale: 2, x: 0, y: 0 };
    drag([300, 100], [180, 100]);
    expect(view).toEqual({ scale: 2, x: -120, y: 0 });
    expect(parts.turn).not.toHaveBeenCalled();
  });
});

it('two quick taps bring closer and back again', () => {
  const twice = () => {
    for (const timeStamp of [0, 200]) {
      hands.down(touch(50, 50, { timeStamp }));
      hands.up(touch(50, 50, { timeStamp }));
    }
  };
  twice();
  expect(view.scale).toBe(CLOSER);
  twice();
  expect(view).toEqual(fitted);
});

it('two fingers bring closer as far as they part, and letting go of them turns nothing', () => {
  hands.down(touch(100, 100));
  hands.down(touch(200, 100, { pointerId: 2 }));
  hands.move(touch(300, 100, { pointerId: 2 }));
  expect(view.scale).toBeCloseTo(2);
  hands.up(touch(300, 100, { pointerId: 2 }));
  hands.up(touch(100, 100));
  expect(parts.turn).not.toHaveBeenCalled();
  expect(hands.busy).toBe(false);
});
