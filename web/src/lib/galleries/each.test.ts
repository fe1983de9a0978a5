import { describe, expect, it } from 'vitest';
import { AT_ONCE, each } from './each';

const ids = Array.from({ length: 40 }, (_, at) => String(at));

describe('each', () => {
  it('is done once, a few at a time', async () => {
    const seen: string[] = [];
    let running = 0;
    let most = 0;
    await each(ids, async (id) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 0));
      seen.push(id);
      running -= 1;
    });
    expect(seen.sort()).toEqual([...ids].sort());
    expect(most).toBe(AT_ONCE);
  });

  it('is tried for all, and the first failure is told', async () => {
    let tried = 0;
    const trying = each(ids, async (id) => {
      tried += 1;
      if (id === '3' || id === '30') throw new Error(id);
    });
    await expect(trying).rejects.toThrow('3');
    expect(tried).toBe(40);
  });
});
