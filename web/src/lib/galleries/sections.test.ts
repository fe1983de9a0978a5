import { describe, expect, it } from 'vitest';
import { byDay, byDaysLeft, daysLeft } from './sections';

const photo = (taken_at: string, id = taken_at) => ({
  id,
  taken_at,
  taken_at_offset: null,
  created_at: taken_at,
  width: 3,
  height: 2,
});

describe('days', () => {
  it('open a month where it begins', () => {
    const found = byDay([
      photo('2026-07-02T10:00:00Z'),
      photo('2026-07-02T09:00:00Z'),
      photo('2026-07-01T09:00:00Z'),
      photo('2026-06-30T09:00:00Z'),
    ]);
    expect(found.map(({ key, chapter, photos }) => [key, chapter, photos.length])).toEqual([
      ['2026-07-02', 'July 2026', 2],
      ['2026-07-01', null, 1],
      ['2026-06-30', 'June 2026', 1],
    ]);
    expect(found[0]?.title).toBe('Thu, Jul 2');
  });
  it('appear once, however the photos come', () => {
    const keys = byDay(
      ['2026-07-02', '2026-07-01', '2026-07-02'].map((day, at) => photo(`${day}T0${at}:00:00Z`)),
    );
    expect(keys.map(({ key }) => key)).toEqual(['2026-07-02', '2026-07-01']);
  });
  it('of nothing are none', () => expect(byDay([])).toEqual([]));
});

describe('the trash', () => {
  const now = new Date('2026-07-10T12:00:00Z').getTime();
  it.each([
    ['2026-07-10T12:00:00Z', 30],
    ['2026-07-09T13:00:00Z', 30],
    ['2026-07-09T11:00:00Z', 29],
    ['2026-06-10T12:30:00Z', 1],
    ['2026-05-01T12:00:00Z', 0],
  ])('a photo of %s has %i days left', (trashed_at, days) => expect(daysLeft(trashed_at, now)).toBe(days));
  it('is grouped by what is left', () => {
    const groups = byDaysLeft(
      [
        { ...photo('a'), trashed_at: '2026-07-10T11:00:00Z' },
        { ...photo('b'), trashed_at: '2026-07-10T10:00:00Z' },
        { ...photo('c'), trashed_at: '2026-06-10T12:30:00Z' },
      ],
      now,
    );
    expect(groups.map(({ title, photos }) => [title, photos.length])).toEqual([
      ['30 days left', 2],
      ['1 day left', 1],
    ]);
  });
});
