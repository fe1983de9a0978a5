import { describe, expect, it } from 'vitest';
import { dayKey, span, taken, takenShortly, wallClock } from './dates';

const photo = (taken_at: string | null, taken_at_offset: string | null = null) => ({
  taken_at,
  taken_at_offset,
  created_at: '2026-08-01T10:00:00Z',
});

describe('the clock on the wall', () => {
  it('is the moment with its offset', () => {
    const evening = photo('2026-06-14T22:30:00Z', '+02:00');
    expect(wallClock(evening).toISOString()).toBe('2026-06-15T00:30:00.000Z');
    expect(dayKey(evening)).toBe('2026-06-15');
    expect(dayKey(photo('2026-06-14T02:30:00Z', '-07:00'))).toBe('2026-06-13');
  });
  it('is what was written when no offset was', () =>
    expect(taken(photo('2026-06-14T18:32:00Z'))?.replace(/\s/g, ' ')).toBe('Sunday, June 14, 2026, 6:32 PM'));
  it('is when it was added when nothing else is known, and nobody says that it was taken then', () => {
    expect(dayKey(photo(null, '+14:00'))).toBe('2026-08-01');
    expect(taken(photo(null))).toBeNull();
    expect(takenShortly(photo(null))).toBe('date not known');
  });
});

describe('a span', () => {
  const said = (...photos: ReturnType<typeof photo>[]) => span(photos)?.replace(/\s/g, ' ');
  it('is one day, some days of a month, or more', () => {
    expect(said(photo('2026-06-03T10:00:00Z'))).toBe('June 3, 2026');
    expect(said(photo('2026-06-09T10:00:00Z'), photo('2026-06-03T10:00:00Z'), photo(null))).toBe(
      'June 3 – 9, 2026',
    );
    expect(said(photo('2025-12-30T10:00:00Z'), photo('2026-01-02T10:00:00Z'))).toBe(
      'December 30, 2025 – January 2, 2026',
    );
  });
  it('is shorter where there is little room', () =>
    expect(
      span([photo('2026-06-03T10:00:00Z'), photo('2026-06-09T10:00:00Z')], 'short')?.replace(/\s/g, ' '),
    ).toBe('Jun 3 – 9, 2026'));
  it('is none when no photo has a time', () => expect(span([photo(null)])).toBeNull());
});
