import { describe, expect, it, vi } from 'vitest';
import { arrange, between, measuresFor } from './justified';
import { Paged, type Page } from './paged.svelte';
import { byDay } from './sections';

interface Item {
  id: string;
  width: number;
  height: number;
  taken_at: string;
  taken_at_offset: null;
  created_at: string;
}

const DAY_MS = 86_400_000;
const item = (at: number): Item => {
  const time = new Date(Date.UTC(2026, 5, 1) - Math.floor(at / 17) * DAY_MS).toISOString();
  return {
    id: String(at),
    width: at % 3 ? 4000 : 3000,
    height: at % 3 ? 3000 : 4000,
    taken_at: time,
    taken_at_offset: null,
    created_at: time,
  };
};

function source(count: number, size = 200) {
  return vi.fn(async (cursor: string | null): Promise<Page<Item>> => {
    const from = Number(cursor ?? 0);
    const to = Math.min(count, from + size);
    return {
      items: Array.from({ length: to - from }, (_, at) => item(from + at)),
      next_cursor: to < count ? String(to) : null,
    };
  });
}

describe('ten thousand photos', () => {
  it('come page by page, each once, and the page holds a window of them', async () => {
    const fetch = source(10_000);
    const photos = new Paged(fetch);
    await photos.load();
    await Promise.all([photos.more(), photos.more(), photos.more()]);
    expect(photos.items).toHaveLength(400);
    expect(fetch).toHaveBeenCalledTimes(2);
    await photos.all();
    expect(photos.items).toHaveLength(10_000);
    expect(new Set(photos.items.map(({ id }) => id)).size).toBe(10_000);
    expect(photos.ended).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(50);

    const layout = arrange(byDay(photos.items), measuresFor(1100, true));
    for (const at of [0, layout.height / 2, layout.height - 800]) {
      const shown = between(layout, at, at + 800).flatMap(({ rows }) => rows.flatMap(({ boxes }) => boxes));
      expect(shown.length).toBeGreaterThan(5);
      expect(shown.length).toBeLessThan(80);
    }
  });
});

describe('a list', () => {
  it('asked for again keeps what is behind an unchanged beginning', async () => {
    const photos = new Paged(source(450));
    await photos.load();
    await photos.more();
    await photos.load();
    expect(photos.items).toHaveLength(400);
    expect(photos.cursor).toBe('400');
  });

  it('begins anew where its beginning has changed', async () => {
    let shift = 0;
    const whole = source(450);
    const photos = new Paged(async (cursor) => {
      const page = await whole(cursor);
      return { ...page, items: page.items.map((each) => ({ ...each, id: `${Number(each.id) + shift}` })) };
    });
    await photos.load();
    await photos.more();
    shift = -1;
    await photos.load();
    expect(photos.items).toHaveLength(200);
    expect(photos.cursor).toBe('200');
  });

  it('can be had anew from its beginning', async () => {
    const photos = new Paged(source(450));
    await photos.load();
    await photos.more();
    await photos.renew();
    expect(photos.items).toHaveLength(200);
    expect(photos.cursor).toBe('200');
  });

  it('forgets what is gone from its end, and all of it when all is gone', async () => {
    let left = 3;
    const photos = new Paged(async () => ({
      items: Array.from({ length: left }, (_, at) => item(at)),
      next_cursor: null,
    }));
    for (left of [3, 2, 0]) {
      await photos.load();
      expect(photos.items).toHaveLength(left);
    }
  });

  it('says what went wrong, keeps what it knows, and gives no half a list for a whole', async () => {
    const photos = new Paged<Item>(async (cursor) => {
      if (cursor !== null) throw new TypeError('network');
      return { items: [item(0)], next_cursor: 'next' };
    });
    await photos.load();
    await photos.more();
    expect(photos.problem?.unreachable).toBe(true);
    expect(photos.items).toHaveLength(1);
    await expect(photos.all()).rejects.toMatchObject({ status: 0 });
  });

  it('changes where one is changed', async () => {
    const photos = new Paged(source(3));
    await photos.load();
    photos.put({ ...item(1), width: 7 });
    photos.add(item(9));
    photos.remove(new Set(['0']));
    expect(photos.items.map(({ id, width }) => [id, width])).toEqual([
      ['9', 3000],
      ['1', 7],
      ['2', 4000],
    ]);
  });
});
