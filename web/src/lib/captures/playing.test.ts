import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Playing } from './playing';

let shown: [number, number][];
let missing: Set<number>;
let ended: number;
let playing: Playing;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  shown = [];
  missing = new Set();
  ended = 0;
  playing = new Playing({
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    now: Date.now,
    ready: (at) => !missing.has(at),
    show: (at) => shown.push([at, Date.now()]),
    ended: () => (ended += 1),
  });
});

const places = () => shown.map(([at]) => at);

describe('playing', () => {
  it('goes on at its pace and ends at the last', async () => {
    playing.start(0, 5, () => 10);
    await vi.advanceTimersByTimeAsync(1000);
    expect(places()).toEqual([1, 2, 3, 4]);
    expect(shown.at(-1)?.[1]).toBeLessThanOrEqual(440);
    expect([ended, playing.running]).toEqual([1, false]);
  });

  it('begins anew when it stands at the end', async () => {
    playing.start(4, 5, () => 10);
    await vi.advanceTimersByTimeAsync(50);
    expect(places()[0]).toBe(0);
  });

  it('waits for what has not come, and does not hurry after it', async () => {
    missing.add(2);
    playing.start(0, 6, () => 10);
    await vi.advanceTimersByTimeAsync(1000);
    expect(places()).toEqual([1]);
    missing.clear();
    await vi.advanceTimersByTimeAsync(140);
    expect(places()).toEqual([1, 2, 3]);
  });

  it('changes its pace on the way and stops when told', async () => {
    let pace = 1;
    playing.start(0, 100, () => pace);
    await vi.advanceTimersByTimeAsync(1000);
    expect(places()).toEqual([1]);
    pace = 20;
    await vi.advanceTimersByTimeAsync(2000);
    expect(shown.length).toBeGreaterThan(15);
    playing.stop();
    const until = shown.length;
    await vi.advanceTimersByTimeAsync(2000);
    expect(shown.length).toBe(until);
    expect(ended).toBe(0);
  });
});
