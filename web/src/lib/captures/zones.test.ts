import { describe, expect, it } from 'vitest';
import { allZones, findZones, momentIn, momentOf, offsetOf, saidOf, wallOf } from './zones';

describe('clocks on walls', () => {
  it.each([
    ['2026-11-26T09:00', 'Europe/Berlin', '2026-11-26T08:00:00.000Z'],
    ['2026-07-01T09:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
    ['2026-11-26T09:00', 'Asia/Kathmandu', '2026-11-26T03:15:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'], // shown twice: the first
    ['2026-01-01T00:00', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z'],
  ])('%s in %s is %s', (wall, zone, moment) => {
    expect(momentOf(wall, zone)).toBe(moment);
    expect(wallOf(moment, zone)).toBe(wall);
  });
  it('a time that clocks skip is still some moment', () =>
    expect(momentOf('2026-03-29T02:30', 'Europe/Berlin')).toMatch(/^2026-03-29T0[01]:30/));
  it('what is no time is none', () => expect(momentOf('soon', 'UTC')).toBeNull());
  it('an unknown zone does not break the page', () => {
    expect(wallOf('2026-11-26T09:00:00Z', 'Mars/Olympus')).toBe('2026-11-26T09:00');
    expect(offsetOf('Mars/Olympus')).toBe('');
    expect(momentIn('2026-11-26T09:00:00Z', 'Mars/Olympus')).toContain('Nov 26');
  });
});

it('zones are found by their city, written as it is said', () => {
  expect(saidOf('America/New_York')).toBe('New York, America');
  const zones = allZones();
  expect(findZones(zones, 'new yo')[0]?.name).toBe('America/New_York');
  expect(findZones(zones, 'berlin')[0]?.name).toBe('Europe/Berlin');
  expect(findZones(zones, 'utc')[0]?.name).toBe('UTC');
  expect(findZones(zones, 'qqqq')).toEqual([]);
});
