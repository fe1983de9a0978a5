import { describe, expect, it } from 'vitest';
import { ago, bytes, money, plural } from './format';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

describe('ago', () => {
  it.each([
    [5, 'just now'],
    [50, '1 minute ago'],
    [180, '3 minutes ago'],
    [3 * 3600, '3 hours ago'],
    [26 * 3600, 'yesterday'],
    [5 * 86_400, '5 days ago'],
  ])('%i seconds back is %s', (seconds, words) => expect(ago(before(seconds), NOW)).toBe(words));

  it('further back is a date', () => expect(ago('2026-01-02T12:00:00Z', NOW)).toBe('Jan 2, 2026'));
});

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [50_000_000, '50.0 MB'],
    [123_456_789, '123 MB'],
  ])('%i bytes are %s', (value, words) => expect(bytes(value)).toBe(words));

  it('money has cents and a true minus', () => expect([money(50), money(-150)]).toEqual(['$0.50', '−$1.50']));
  it('money is of its currency', () =>
    expect([money(50, 'eur'), money(50, 'jpy')]).toEqual(['€0.50', '¥50']));
  it('one is one', () =>
    expect([plural(1, 'photo'), plural(1200, 'photo')]).toEqual(['1 photo', '1,200 photos']));
});
