import { describe, expect, it } from 'vitest';
import {
  arrange,
  between,
  markAt,
  measuresFor,
  neighbour,
  placeAt,
  rowsOf,
  TITLE_HEIGHT,
  type Section,
  type Shape,
} from './justified';

const measures = { width: 1000, target: 200, gap: 4 };
const photos = (count: number, shape: Shape = { width: 300, height: 200 }): Shape[] =>
  Array(count).fill(shape);
const section = (key: string, shapes: Shape[], more: Partial<Section<Shape>> = {}): Section<Shape> => ({
  key,
  title: null,
  chapter: null,
  photos: shapes,
  ...more,
});
/** Shapes as they come from real cameras, the same at each run. */
const mixed = Array.from({ length: 200 }, (_, at) => ({
  width: [3000, 2000, 4000, 1080, 6000][(at * 7) % 5] ?? 1,
  height: [2000, 3000, 3000, 1920, 2000][(at * 7) % 5] ?? 1,
}));

describe('rows', () => {
  it.each([320, 390, 767, 1008, 2248])(
    'fill %i px to the last pixel, with one gap between photos',
    (width) => {
      const rows = rowsOf(mixed, 0, { ...measures, width }, 0);
      for (const { boxes } of rows.slice(0, -1)) {
        const last = boxes.at(-1);
        expect((last?.left ?? 0) + (last?.width ?? 0)).toBe(width);
        boxes.slice(1).forEach((box, at) => {
          const before = boxes[at];
          expect(box.left).toBe((before?.left ?? 0) + (before?.width ?? 0) + measures.gap);
        });
      }
    },
  );

  it('are near the height that was asked for, and one follows the other', () => {
    const rows = rowsOf(mixed, 0, measures, 10);
    rows.slice(0, -1).forEach(({ height }) => {
      expect(height).toBeGreaterThan(measures.target * 0.6);
      expect(height).toBeLessThan(measures.target * 1.7);
    });
    rows.slice(1).forEach(({ top }, at) => {
      const before = rows[at];
      expect(top).toBe((before?.top ?? 0) + (before?.height ?? 0) + measures.gap);
    });
    expect(rows[0]?.top).toBe(10);
  });

  it('hold every photo once, in order', () => {
    const indexes = rowsOf(mixed, 5, measures, 0).flatMap(({ boxes }) => boxes.map(({ index }) => index));
    expect(indexes).toEqual(mixed.map((_, at) => at + 5));
  });

  it('do not blow up a few last photos', () => {
    const [row] = rowsOf(photos(1), 0, measures, 0);
    expect(row).toMatchObject({ height: 200, boxes: [{ left: 0, width: 300 }] });
  });

  it('stay where they are when more photos come', () => {
    const before = rowsOf(mixed.slice(0, 100), 0, measures, 0).slice(0, -1);
    expect(rowsOf(mixed, 0, measures, 0).slice(0, before.length)).toEqual(before);
  });

  it('crop what is very wide or not measured yet instead of bending the row', () => {
    const [row] = rowsOf(
      [
        { width: 20_000, height: 100 },
        { width: null, height: null },
      ],
      0,
      measures,
      0,
    );
    expect(row?.height).toBeGreaterThan(150);
    expect(row?.boxes).toHaveLength(2);
  });
});

describe('sections', () => {
  it('stand side by side while they are short, and a month begins a new line', () => {
    const { sections } = arrange(
      [
        section('a', photos(1), { title: 'Mon', chapter: 'June' }),
        section('b', photos(1), { title: 'Tue' }),
        section('c', photos(2), { title: 'Wed' }),
        section('d', photos(1), { title: 'Thu', chapter: 'July' }),
      ],
      measures,
    );
    const [a, b, c, d] = sections;
    expect(b?.top).toBe(a?.top);
    expect(b?.left).toBeGreaterThan((a?.left ?? 0) + (a?.width ?? 0));
    expect(c?.left).toBe(0); // no room beside them
    expect(c?.top).toBeGreaterThan(a?.bottom ?? Infinity);
    expect(d?.left).toBe(0);
    expect(d?.chapterTop).toBeGreaterThan(c?.bottom ?? Infinity);
    expect(a?.rows[0]?.top).toBe((a?.top ?? 0) + TITLE_HEIGHT);
  });

  it('take whole lines when they are long', () => {
    const { sections, height } = arrange(
      [section('a', photos(9), { title: 'Mon' }), section('b', photos(1), { title: 'Tue' })],
      measures,
    );
    expect(sections[1]?.top).toBeGreaterThan(sections[0]?.bottom ?? Infinity);
    expect(height).toBe(sections[1]?.bottom);
  });
});

describe('ten thousand photos', () => {
  const days = Array.from({ length: 400 }, (_, day) =>
    section(`day ${day}`, mixed.slice(0, 25), { title: 'A day', chapter: day % 30 === 0 ? 'A month' : null }),
  );
  const layout = arrange(days, measures);

  it('are placed, and a window holds only its rows of them', () => {
    const shown = between(layout, 20_000, 21_000);
    const boxes = shown.flatMap(({ rows }) => rows.flatMap((row) => row.boxes));
    expect(layout.sections.flatMap(({ rows }) => rows.flatMap((row) => row.boxes))).toHaveLength(10_000);
    expect(boxes.length).toBeGreaterThan(10);
    expect(boxes.length).toBeLessThan(60);
    expect(shown.flatMap(({ rows }) => rows).every(({ top }) => top <= 21_000)).toBe(true);
    // The row that has the focus stays, wherever the window goes.
    const first = layout.sections[0]?.rows[0]?.top ?? NaN;
    expect(between(layout, 20_000, 21_000, first).flatMap(({ rows }) => rows)[0]?.top).toBe(first);
  });
});

describe('keys', () => {
  const layout = arrange([section('a', photos(8))], measures); // three to a row

  it.each([
    [4, 'ArrowLeft', 3],
    [4, 'ArrowRight', 5],
    [4, 'ArrowUp', 1],
    [4, 'ArrowDown', 7],
    [1, 'ArrowUp', 1],
    [0, 'ArrowLeft', 0],
    [7, 'ArrowRight', 7],
    [5, 'ArrowDown', 7],
    [5, 'Home', 0],
    [2, 'End', 7],
  ] as const)('from %i %s leads to %i', (from, step, to) => expect(neighbour(layout, from, step)).toBe(to));
});

describe('dropping', () => {
  const layout = arrange([section('a', photos(6))], measures);
  it('goes before or behind the photo under the pointer, and to the end below all', () => {
    expect(placeAt(layout, 5, 5)).toBe(0);
    expect(placeAt(layout, 320, 5)).toBe(1);
    expect(placeAt(layout, 999, 5)).toBe(3);
    expect(placeAt(layout, 5, 300)).toBe(3);
    expect(placeAt(layout, 5, 9999)).toBe(6);
  });
  it('is shown by a line where the pointer is', () => {
    expect(markAt(layout, 0, 5, 4)).toMatchObject({ left: -2, top: 0 });
    expect(markAt(layout, 3, 5, 4)).toMatchObject({ left: 1002, top: 0 });
    expect(markAt(layout, 3, 300, 4)?.left).toBe(-2);
    expect(markAt(layout, 3, 300, 4)?.top).toBeGreaterThan(0);
    expect(markAt(arrange([], measures), 0, 0, 4)).toBeNull();
  });
});

it('a phone shows about three to a row, a desk more', () => {
  expect(rowsOf(mixed, 0, measuresFor(350, true), 0)[0]?.boxes.length).toBeLessThanOrEqual(4);
  expect(measuresFor(1400, true).target).toBeLessThan(measuresFor(1400, false).target);
});
