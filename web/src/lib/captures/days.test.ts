import { describe, expect, it } from 'vitest';
import { beginning, dayOf, dayTitle, isDay, plusDays, shareOf, spanOf } from './days';

describe('days', () => {
  it('go on over months and years', () => {
    expect(plusDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(plusDays('2028-03-01', -1)).toBe('2028-02-29');
  });
  it('hold their moments', () => {
    const { from, to } = spanOf('2026-11-26');
    expect(dayOf(from)).toBe('2026-11-26');
    expect(dayOf(to)).toBe('2026-11-27');
    expect(
      shareOf(new Date(beginning('2026-11-26').getTime() + 12 * 3_600_000).toISOString(), '2026-11-26'),
    ).toBe(0.5);
  });
  it.each([
    ['2026-11-26', true],
    ['2026-02-30', false],
    ['yesterday', false],
    [null, false],
  ])('%s is a day: %s', (text, is) => expect(isDay(text)).toBe(is));
  it('have names', () => {
    expect(dayTitle('2026-11-26', '2026-11-26')).toBe('Today');
    expect(dayTitle('2026-11-25', '2026-11-26')).toBe('Yesterday');
    expect(dayTitle('2026-11-20', '2026-11-26')).toBe('Friday, November 20');
    expect(dayTitle('2025-11-20', '2026-11-26')).toBe('Thursday, November 20, 2025');
  });
});
