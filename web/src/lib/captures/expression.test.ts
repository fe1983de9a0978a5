import { describe, expect, it } from 'vitest';
import {
  aDay,
  mistakeOf,
  read,
  starting,
  WEEKDAYS,
  write,
  type Every,
  type Form,
  type Weekday,
} from './expression';

const every = (more: Partial<Every> = {}): Every => ({ ...starting, ...more });
const working: Weekday[] = ['MON', 'TUE', 'WED', 'THU', 'FRI'];
const all = [...WEEKDAYS];

const both: [string, Form][] = [
  ['rate(7 minutes)', every({ count: 7, round: false })],
  ['rate(1 hour)', every({ count: 1, unit: 'hours', round: false })],
  ['rate(3 days)', every({ count: 3, unit: 'days', round: false })],
  ['cron(0/10 * * * ? *)', every()],
  ['cron(* * * * ? *)', every({ count: 1 })],
  ['cron(0/10 9-16 ? * MON-FRI *)', every({ days: working, from: 9, until: 17 })],
  ['cron(0/30 22-23,0-5 * * ? *)', every({ count: 30, from: 22, until: 6 })],
  ['cron(0/15 9 ? * SAT,SUN *)', every({ count: 15, days: ['SAT', 'SUN'], from: 9, until: 10 })],
  ['cron(0 * ? * FRI,SAT,SUN *)', every({ count: 1, unit: 'hours', days: ['FRI', 'SAT', 'SUN'] })],
  ['cron(0 0/3 * * ? *)', every({ count: 3, unit: 'hours' })],
  [
    'cron(0 8-17/4 ? * MON-SAT *)',
    every({ count: 4, unit: 'hours', days: all.slice(0, 6), from: 8, until: 18 }),
  ],
  ['cron(30 8 * * ? *)', { kind: 'times', times: ['08:30'], days: all }],
  [
    'cron(0 8,12,16 ? * MON,WED,FRI *)',
    { kind: 'times', times: ['08:00', '12:00', '16:00'], days: ['MON', 'WED', 'FRI'] },
  ],
  ['cron(0,30 8,20 * * ? *)', { kind: 'times', times: ['08:00', '08:30', '20:00', '20:30'], days: all }],
  ['at(2027-01-31T09:00:00)', { kind: 'once', at: '2027-01-31T09:00' }],
  ['at(2027-01-31T09:00:30)', { kind: 'once', at: '2027-01-31T09:00:30' }],
];

describe('form and expression', () => {
  it.each(both)('%s goes both ways', (expression, form) => {
    expect(read(expression)).toEqual(form);
    expect(mistakeOf(form)).toBeNull();
    expect(write(form)).toBe(expression);
  });

  it.each([
    ['cron(0/10 9-17 ? * 2-6 *)', 'cron(0/10 9-17 ? * MON-FRI *)'],
    ['cron(*/10 * ? * * *)', 'cron(0/10 * * * ? *)'],
    ['cron(0,10,20,30,40,50 * * * ? *)', 'cron(0/10 * * * ? *)'],
    ['cron(30 */8 * * ? *)', 'cron(30 0,8,16 * * ? *)'],
    [' rate(10   minutes) ', 'rate(10 minutes)'],
    ['cron(0 9 ? * mon-fri *)', 'cron(0 9 ? * MON-FRI *)'],
    ['cron(0 9 ? * SUN-TUE *)', 'cron(0 9 ? * MON,TUE,SUN *)'],
  ])('%s is the same as %s', (written, same) => {
    const form = read(written);
    expect(form && write(form)).toBe(same);
  });

  it.each([
    'cron(0 9 1 * ? *)',
    'cron(0 9 ? * 3#2 *)',
    'cron(0 9 ? * 6L *)',
    'cron(0 9 L * ? *)',
    'cron(0 9 15W * ? *)',
    'cron(0 9 * JAN ? *)',
    'cron(0 9 * * ? 2027)',
    'cron(0/7 * * * ? *)',
    'cron(1,2,5,7,11 1-10 * * ? *)',
    'cron(0 9 ? * MON/2 *)',
    'cron(0 17-9 * * ? *)',
    'cron(0 9 * *)',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'at(tomorrow)',
    'at(2027-13-01T09:00:00)',
    'every morning',
    '',
  ])('%s is left as it is', (expression) => expect(read(expression)).toBeNull());

  it('hours over midnight in steps are the same hours', () => {
    const form = every({ count: 2, unit: 'hours', from: 22, until: 6 });
    expect(write(form)).toBe('cron(0 0,2,4,22 * * ? *)');
    const again = read(write(form));
    expect(again && write(again)).toBe(write(form));
  });

  it('every form that can be made is read back as one that writes the same', () => {
    for (const unit of ['minutes', 'hours', 'days'] as const)
      for (const count of [1, 2, 3, 5, 7, 10, 12, 15, 23, 30, 45, 90])
        for (const days of [all, working, ['SUN', 'MON'] as Weekday[], ['WED'] as Weekday[]])
          for (const [from, until] of [
            [0, 24],
            [9, 17],
            [22, 6],
            [0, 1],
            [23, 24],
            [5, 0 + 24],
          ] as const)
            for (const round of [true, false]) {
              const form = every({ count, unit, days, from, until, round });
              if (mistakeOf(form) !== null) continue;
              const again = read(write(form));
              expect(again, write(form)).not.toBeNull();
              expect(again && write(again)).toBe(write(form));
            }
  });
});

describe('mistakes', () => {
  it.each<[Form, RegExp]>([
    [every({ days: [] }), /at least one day/],
    [every({ count: 0 }), /whole number/],
    [every({ count: 1.5 }), /whole number/],
    [every({ count: 7, from: 9, until: 17 }), /divide an hour/],
    [every({ from: 9, until: 9 }), /not the beginning/],
    [{ kind: 'times', times: [], days: all }, /at least one time/],
    [{ kind: 'times', times: ['08:00', ''], days: all }, /Fill in/],
    [{ kind: 'times', times: ['08:00', '12:30'], days: all }, /second schedule/],
    [{ kind: 'once', at: '' }, /Choose the day/],
  ])('%o', (form, words) => expect(mistakeOf(form)).toMatch(words));
});

it.each<[Form, number | null]>([
  [every(), 144],
  [every({ from: 9, until: 17 }), 48],
  [every({ from: 22, until: 6, count: 30 }), 16],
  [every({ count: 5, unit: 'hours' }), 5],
  [every({ count: 7, round: false }), 205],
  [every({ count: 36, unit: 'hours', round: false }), null],
  [every({ count: 1, unit: 'days', round: false }), 1],
  [{ kind: 'times', times: ['08:00', '12:00'], days: all }, 2],
  [{ kind: 'once', at: '2027-01-31T09:00' }, null],
])('%o makes %s photos a day', (form, photos) => expect(aDay(form)).toBe(photos));
