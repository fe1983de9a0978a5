import { describe, expect, it, vi } from 'vitest';
import { staysFresh } from './staying';

const MINUTE = 60_000;

function page() {
  let now = 0;
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const window = new EventTarget();
  const renew = vi.fn();
  const stop = staysFresh(renew, { now: () => now, window, document });
  const look = (after: number, state = 'visible') => {
    now += after;
    document.visibilityState = state;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  return { window, renew, stop, look };
}

describe('a page that stays open', () => {
  it('asks again when one comes back to it after long, and not before', () => {
    const { renew, look } = page();
    look(10 * MINUTE);
    look(50 * MINUTE, 'hidden');
    expect(renew).not.toHaveBeenCalled();
    look(MINUTE);
    expect(renew).toHaveBeenCalledOnce();
    look(MINUTE);
    expect(renew).toHaveBeenCalledOnce();
  });
  it('asks again when the network is back, until it is left', () => {
    const { window, renew, stop } = page();
    window.dispatchEvent(new Event('online'));
    expect(renew).toHaveBeenCalledOnce();
    stop();
    window.dispatchEvent(new Event('online'));
    expect(renew).toHaveBeenCalledOnce();
  });
});
