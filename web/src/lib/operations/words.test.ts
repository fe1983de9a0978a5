import { describe, expect, it } from 'vitest';
import { alarmName, byNeed, everyHour, long, percent, type Queue } from './words';

describe('long', () => {
  it.each([
    [null, 'unknown'],
    [0, '0 s'],
    [0.4, 'under 1 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [95, '1 min 35 s'],
    [3600, '1 h'],
    [7384, '2 h 3 min'],
    [90_000, '1 d 1 h'],
  ])('%s is %s', (seconds, words) => expect(long(seconds)).toBe(words));
});

describe('percent', () => {
  it.each([
    [null, '—'],
    [0, '0 %'],
    [0.004, '0.4 %'],
    [0.25, '25 %'],
  ])('%s is %s', (share, words) => expect(percent(share)).toBe(words));
});

it('names an alarm without its stage', () => {
  expect(alarmName('darkroom-prod-mail-dead-letters')).toBe('Mail dead letters');
});

const queue = (name: string, more: Partial<Queue> = {}): Queue => ({
  name,
  waiting: 0,
  in_flight: 0,
  delayed: 0,
  oldest_seconds: 0,
  dead: 0,
  ...more,
});

it('shows first what needs somebody', () => {
  const shown = byNeed([queue('b'), queue('a'), queue('busy', { waiting: 3 }), queue('dead', { dead: 1 })]);
  expect(shown.map(({ name }) => name)).toEqual(['dead', 'busy', 'a', 'b']);
});

it('has an hour for every hour of the day', () => {
  const hours = everyHour({
    hours: [{ hour: '2026-11-26T10:00:00Z', finished: 3, failed: 1, p50_seconds: 5, p95_seconds: 9 }],
    queues: [],
    storage: [],
    since: '2026-11-25T12:30:00Z',
    period_seconds: 900,
    unknown: [],
    measured_at: '2026-11-26T12:30:00Z',
  });
  expect(hours).toHaveLength(24);
  expect(hours[0]?.hour).toBe('2026-11-25T13:00:00.000Z');
  expect(hours[21]?.finished).toBe(3);
  expect(hours[23]?.finished).toBe(0);
});
