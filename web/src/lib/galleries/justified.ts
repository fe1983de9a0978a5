/**
 * Where each photo of a grid goes: rows of one height that fill the width, days side by side where they are short.
 * Known before any picture has come, so nothing moves when it does; what is already placed stays when more follow.
 */
export interface Shape {
  width: number | null;
  height: number | null;
}

export interface Measures {
  width: number;
  /** The height that rows come near to. */
  target: number;
  gap: number;
}

export interface Box {
  /** Of the photo, counted through all sections. */
  index: number;
  left: number;
  width: number;
}

export interface Row {
  top: number;
  height: number;
  boxes: Box[];
}

export interface Section<T extends Shape> {
  key: string;
  /** A day, over its photos; null for a grid that has no headings. */
  title: string | null;
  /** A month that begins here. */
  chapter: string | null;
  photos: T[];
}

export interface Placed {
  key: string;
  title: string | null;
  chapter: string | null;
  chapterTop: number;
  top: number;
  left: number;
  width: number;
  bottom: number;
  rows: Row[];
}

export interface Layout {
  height: number;
  sections: Placed[];
}

export const CHAPTER_HEIGHT = 44;
export const TITLE_HEIGHT = 40;
const BETWEEN_SECTIONS = 24;
const NARROWEST_SECTION = 136;
const TALLEST = 1.6; // of the target, before a row takes one more photo
const ALMOST_FULL = 1.4; // a last row that would grow less than this is stretched too
const [FLATTEST, STEEPEST] = [3.2, 0.45]; // panoramas and strips are cropped to this

export function ratio({ width, height }: Shape): number {
  if (!width || !height) return 1.5;
  return Math.min(FLATTEST, Math.max(STEEPEST, width / height));
}

export function rowsOf(shapes: Shape[], from: number, measures: Measures, top: number): Row[] {
  const { width, target, gap } = measures;
  const rows: Row[] = [];
  let ratios: number[] = [];
  let sum = 0;
  let index = from;
  let y = top;
  const heightFor = (total: number, count: number) => (width - gap * (count - 1)) / total;
  const close = (height: number) => {
    rows.push(placeRow(ratios, index, y, height, measures));
    index += ratios.length;
    y += Math.round(height) + gap;
    ratios = [];
    sum = 0;
  };
  for (const shape of shapes) {
    const next = ratio(shape);
    const withIt = heightFor(sum + next, ratios.length + 1);
    const without = ratios.length > 0 ? heightFor(sum, ratios.length) : Infinity;
    if (withIt < target && without < target * TALLEST && without / target < target / withIt) close(without);
    ratios.push(next);
    sum += next;
    const now = heightFor(sum, ratios.length);
    if (now <= target) close(now);
  }
  if (ratios.length > 0) {
    const full = heightFor(sum, ratios.length);
    close(full <= target * ALMOST_FULL ? full : target);
  }
  return rows;
}

/** Whole pixels, and the last photo ends where the row does. */
function placeRow(ratios: number[], from: number, top: number, height: number, { gap }: Measures): Row {
  let edge = 0;
  const boxes = ratios.map((each, at) => {
    const left = Math.round(edge);
    edge += each * height + gap;
    return { index: from + at, left, width: Math.max(1, Math.round(edge) - gap - left) };
  });
  return { top, height: Math.round(height), boxes };
}

export function arrange<T extends Shape>(sections: Section<T>[], measures: Measures): Layout {
  const { width, target, gap } = measures;
  const placed: Placed[] = [];
  let index = 0;
  let y = 0; // where the next line begins
  let line: { top: number; right: number } | null = null;
  for (const { key, title, chapter, photos } of sections) {
    const natural = photos.reduce((sum, photo) => sum + ratio(photo) * target, gap * (photos.length - 1));
    const room = Math.max(natural, NARROWEST_SECTION);
    const head = title === null ? 0 : TITLE_HEIGHT;
    const beside: { top: number; right: number } | null =
      line && chapter === null && title !== null && line.right + BETWEEN_SECTIONS + room <= width
        ? line
        : null;
    const chapterTop = y + (y > 0 && chapter !== null ? BETWEEN_SECTIONS : 0);
    const top: number = beside ? beside.top : chapterTop + (chapter === null ? 0 : CHAPTER_HEIGHT);
    const left: number = beside ? beside.right + BETWEEN_SECTIONS : 0;
    const rows = rowsOf(photos, index, measures, top + head);
    const last = rows.at(-1);
    const bottom = last ? last.top + last.height : top + head;
    const single = rows.length === 1 && last?.height === Math.round(target);
    placed.push({
      key,
      title,
      chapter,
      chapterTop,
      top,
      left,
      width: single ? Math.min(room, width - left) : width,
      bottom,
      rows,
    });
    line = single ? { top, right: left + Math.min(room, width) } : null;
    y = Math.max(beside ? y : 0, bottom + (title === null ? gap : BETWEEN_SECTIONS));
    index += photos.length;
  }
  return { height: placed.reduce((most, { bottom }) => Math.max(most, bottom), 0), sections: placed };
}

/** What lies between two heights: the sections, each with those of its rows, and one row more if it is to be kept. */
export function between(layout: Layout, from: number, to: number, kept: number | null = null): Placed[] {
  const shown = ({ top, height }: Row) => (top + height >= from && top <= to) || top === kept;
  return layout.sections
    .filter(
      ({ top, chapterTop, bottom }) =>
        (bottom >= from && Math.min(top, chapterTop) <= to) ||
        (kept !== null && kept >= top && kept <= bottom),
    )
    .map((section) => ({ ...section, rows: section.rows.filter(shown) }));
}

export type Step = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End';

function* spots(layout: Layout): Generator<Spot> {
  for (const { left, rows } of layout.sections)
    for (const { top, height, boxes } of rows)
      for (const box of boxes) yield { ...box, left: left + box.left, top, height };
}

const middle = ({ left, width }: Spot) => left + width / 2;

/** Where a key leads from a photo: beside it, or the nearest one in the line above or below. */
export function neighbour(layout: Layout, index: number, step: Step): number {
  const all = [...spots(layout)];
  const last = all.length - 1;
  if (step === 'Home') return 0;
  if (step === 'End') return last;
  if (step === 'ArrowLeft') return Math.max(0, index - 1);
  if (step === 'ArrowRight') return Math.min(last, index + 1);
  const here = all[index];
  if (!here) return 0;
  const beyond = all.filter(({ top }) => (step === 'ArrowUp' ? top < here.top : top > here.top));
  const line = beyond.reduce(
    (best, { top }) => (step === 'ArrowUp' ? Math.max(best, top) : Math.min(best, top)),
    step === 'ArrowUp' ? -Infinity : Infinity,
  );
  const nearest = beyond
    .filter(({ top }) => top === line)
    .sort((a, b) => Math.abs(middle(a) - middle(here)) - Math.abs(middle(b) - middle(here)))[0];
  return nearest?.index ?? index;
}

/** Before which photo something dropped at a point would stand (the count of photos: at the end). */
export function placeAt(layout: Layout, x: number, y: number): number {
  let place = 0;
  for (const { left, rows } of layout.sections)
    for (const { top, height, boxes } of rows)
      for (const box of boxes)
        if (y > top + height || (y >= top && x > left + box.left + box.width / 2)) place = box.index + 1;
  return place;
}

export interface Spot {
  index: number;
  left: number;
  width: number;
  top: number;
  height: number;
}

/** Where a photo is, in the whole grid. */
export function spotOf(layout: Layout, index: number): Spot | null {
  for (const spot of spots(layout)) if (spot.index === index) return spot;
  return null;
}

/** Where the line stands that shows a place: before its photo, or behind the one before in the row that is pointed at. */
export function markAt(
  layout: Layout,
  place: number,
  y: number,
  gap: number,
): Omit<Spot, 'index' | 'width'> | null {
  const [behind, before] = [spotOf(layout, place - 1), spotOf(layout, place)];
  const spot = behind && (!before || y <= behind.top + behind.height) ? behind : before;
  if (!spot) return null;
  const left = spot === before ? spot.left - gap / 2 : spot.left + spot.width + gap / 2;
  return { left, top: spot.top, height: spot.height };
}

/** Rows grow with the window: three or so to a row on a phone, calm on a wide screen. */
export function measuresFor(width: number, dense: boolean): Measures {
  if (width < 600) return { width, target: dense ? 108 : 140, gap: 3 };
  const target = Math.min(dense ? 220 : 300, Math.max(dense ? 160 : 200, width / (dense ? 7 : 5)));
  return { width, target: Math.round(target), gap: dense ? 4 : 6 };
}
