/**
 * What a person says in the form of a schedule, as an expression of EventBridge Scheduler, and back. What the form cannot
 * say is read as null: such an expression stays as it was written.
 */
export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type Unit = 'minutes' | 'hours' | 'days';

/** Every so often: always, or each day anew between two full hours. `until` is 1..24, and itself outside. */
export interface Every {
  kind: 'every';
  count: number;
  unit: Unit;
  days: Weekday[];
  from: number;
  until: number;
  /** At round times; otherwise counted from when the schedule begins. */
  round: boolean;
}

/** At times of day, as `HH:MM`. */
export interface Times {
  kind: 'times';
  times: string[];
  days: Weekday[];
}

/** One moment, as a clock on the wall shows it: `YYYY-MM-DDTHH:MM`, with seconds when it has some. */
export interface Once {
  kind: 'once';
  at: string;
}

export type Form = Every | Times | Once;

const TIMES_MAX = 24;
const RATE_MAX = 999_999;
const AT_LEAST = { minutes: 60, hours: 24 } as const;

export const everyDay = (days: readonly Weekday[]): boolean => WEEKDAYS.every((day) => days.includes(day));
export const allDay = ({ from, until }: Every): boolean => from === 0 && until === 24;
export const divides = ({ count, unit }: Pick<Every, 'count' | 'unit'>): boolean =>
  unit !== 'days' && AT_LEAST[unit] % count === 0 && count < AT_LEAST[unit];

/** Chosen days or hours are told by the clock, and the clock only knows what fits into an hour. */
const byTheClock = (form: Every): boolean =>
  form.unit !== 'days' && (form.round || !everyDay(form.days) || !allDay(form));

/** What is wrong with a form, as a sentence; null when it can be written down. */
export function mistakeOf(form: Form): string | null {
  if (form.kind === 'once') return instant(form.at) ? null : 'Choose the day and the time.';
  if (form.days.length === 0) return 'Choose at least one day.';
  if (form.kind === 'times') return timesMistake(form.times);
  if (!Number.isInteger(form.count) || form.count < 1) return 'How often? Write a whole number, 1 or more.';
  if (form.count > RATE_MAX) return `That is too seldom: ${RATE_MAX.toLocaleString('en-US')} is the most.`;
  if (!byTheClock(form)) return null;
  if (form.from === form.until) return 'Choose an end that is not the beginning.';
  if (form.unit === 'minutes' && !divides(form))
    return 'On chosen days, between hours or at round times, the minutes must divide an hour: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30.';
  if (form.unit === 'hours' && form.count > 23)
    return 'Within a day there are at most 23 hours between photos.';
  return null;
}

function timesMistake(times: string[]): string | null {
  if (times.length === 0) return 'Add at least one time.';
  if (times.some((time) => clock(time) === null)) return 'Fill in each time.';
  if (times.length > TIMES_MAX) return `${TIMES_MAX} times are the most; “every so often” may say it better.`;
  const { minutes, hours, whole } = asProduct(times);
  if (whole) return null;
  const odd = hours.length > 1 ? `${shortly(hours[0])} and ${shortly(hours.at(-1))}` : 'these hours';
  return `One schedule has the same minutes in all its hours: :${minutes.map(two).join(' and :')} at ${odd} here. Give all times the same minutes, or make a second schedule.`;
}

/** A form that `mistakeOf` finds nothing wrong with, as Scheduler wants it. */
export function write(form: Form): string {
  if (form.kind === 'once') return `at(${form.at.length === 16 ? `${form.at}:00` : form.at})`;
  if (form.kind === 'times') {
    const { minutes, hours } = asProduct(form.times);
    return cron(minutes.join(','), hours.join(','), form.days);
  }
  if (!byTheClock(form))
    return `rate(${form.count} ${form.count === 1 ? form.unit.slice(0, -1) : form.unit})`;
  if (form.unit === 'minutes')
    return cron(form.count === 1 ? '*' : `0/${form.count}`, hoursOf(form), form.days);
  return cron('0', hourSteps(form), form.days);
}

function hoursOf(form: Every): string {
  if (allDay(form)) return '*';
  return form.from < form.until
    ? range(form.from, form.until - 1)
    : [range(form.from, 23), ...(form.until > 0 ? [range(0, form.until - 1)] : [])].join(','); // over midnight
}

function hourSteps(form: Every): string {
  if (form.count === 1) return hoursOf(form);
  if (allDay(form)) return `0/${form.count}`;
  if (form.from < form.until) return `${form.from}-${form.until - 1}/${form.count}`;
  const hours = [];
  for (let hour = form.from; hour < form.until + 24; hour += form.count) hours.push(hour % 24);
  return hours.sort((a, b) => a - b).join(',');
}

const range = (first: number, last: number): string => (first === last ? `${first}` : `${first}-${last}`);

function cron(minutes: string, hours: string, days: Weekday[]): string {
  return everyDay(days)
    ? `cron(${minutes} ${hours} * * ? *)`
    : `cron(${minutes} ${hours} ? * ${dayList(days)} *)`;
}

/** Scheduler's weeks begin on Sunday, so that a range cannot run over it. */
function dayList(days: Weekday[]): string {
  const places = WEEKDAYS.flatMap((day, at) => (days.includes(day) ? [at] : []));
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  if (places.length > 2 && last - first === places.length - 1 && last < 6)
    return `${WEEKDAYS[first]}-${WEEKDAYS[last]}`;
  return places.map((at) => WEEKDAYS[at]).join(',');
}

/** The form that says the same; null when none does. */
export function read(expression: string): Form | null {
  const found = /^\s*(rate|cron|at)\((.*)\)\s*$/s.exec(expression);
  const inside = (found?.[2] ?? '').trim();
  if (found?.[1] === 'rate') return readRate(inside);
  if (found?.[1] === 'at') return instant(inside) ? { kind: 'once', at: inside.replace(/:00$/, '') } : null;
  return found?.[1] === 'cron' ? readCron(inside.split(/\s+/)) : null;
}

function readRate(inside: string): Form | null {
  const found = /^(\d{1,6})\s+(minute|hour|day)s?$/.exec(inside);
  const count = Number(found?.[1]);
  if (!found || count < 1) return null;
  return {
    kind: 'every',
    count,
    unit: `${found[2]}s` as Unit,
    days: [...WEEKDAYS],
    from: 0,
    until: 24,
    round: false,
  };
}

function readCron(fields: string[]): Form | null {
  const [minuteText = '', hourText = '', ofMonth = '', months = '', ofWeek = '', years = ''] = fields;
  if (fields.length !== 6 || months !== '*' || years !== '*') return null;
  const [minutes, hours] = [numbers(minuteText, 59), numbers(hourText, 23)];
  const days = readDays(ofMonth, ofWeek);
  if (!minutes || !hours || !days) return null;
  const times: Form | null =
    minutes.length * hours.length <= TIMES_MAX
      ? { kind: 'times', times: product(hours, minutes), days }
      : null;
  const steady = readEvery(minutes, hours, hourText, days);
  // A list was meant as times of day; what is written as a range or in steps was meant as a rhythm.
  return /^[\d,]+$/.test(minuteText) && /^[\d,]+$/.test(hourText) ? (times ?? steady) : (steady ?? times);
}

function readEvery(minutes: number[], hours: number[], hourText: string, days: Weekday[]): Every | null {
  const apart = 60 / minutes.length;
  const shape = { kind: 'every' as const, days, round: true };
  if (minutes.length > 1) {
    const span = spanOf(hours);
    const even = Number.isInteger(apart) && minutes.every((minute, at) => minute === at * apart);
    return even && span ? { ...shape, count: apart, unit: 'minutes', ...span } : null;
  }
  if (minutes[0] !== 0) return null;
  const steps = /^(?:(\d+|\*)(?:-(\d+))?)\/(\d+)$/.exec(hourText);
  if (steps) {
    const from = steps[1] === '*' ? 0 : Number(steps[1]);
    const until = steps[2] === undefined ? 24 : Number(steps[2]) + 1;
    return { ...shape, count: Number(steps[3]), unit: 'hours', from, until };
  }
  const span = spanOf(hours);
  return span && { ...shape, count: 1, unit: 'hours', ...span };
}

/** Hours that follow on one another, over midnight too. */
function spanOf(hours: number[]): { from: number; until: number } | null {
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  if (last - first === hours.length - 1) return { from: first, until: last + 1 };
  const gap = hours.findIndex((hour, at) => at > 0 && hour !== (hours[at - 1] ?? 0) + 1);
  const [before, after] = [hours.slice(0, gap), hours.slice(gap)];
  const follows = (part: number[]) => (part.at(-1) ?? 0) - (part[0] ?? 0) === part.length - 1;
  const over = first === 0 && last === 23 && follows(before) && follows(after);
  return over ? { from: after[0] ?? 0, until: (before.at(-1) ?? 0) + 1 } : null;
}

function readDays(ofMonth: string, ofWeek: string): Weekday[] | null {
  if (ofMonth === '*' && ofWeek === '?') return [...WEEKDAYS];
  if (ofMonth !== '?') return null;
  if (ofWeek === '*') return [...WEEKDAYS];
  const byNumber = ['SUN', ...WEEKDAYS.slice(0, 6)] as Weekday[];
  const named = ofWeek.toUpperCase().replace(/[A-Z]+/g, (name) => {
    const at = byNumber.indexOf(name as Weekday);
    return at < 0 ? '!' : `${at + 1}`;
  });
  const chosen = named.includes('/') ? null : numbers(named, 7, 1);
  return chosen && WEEKDAYS.filter((day) => chosen.includes(byNumber.indexOf(day) + 1));
}

/** What a field of a cron expression includes, in order; null when it cannot be read. */
function numbers(text: string, highest: number, lowest = 0): number[] | null {
  const all = new Set<number>();
  for (const part of text.split(',')) {
    const found = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part);
    if (!found || (found[1] === '*' && found[2] !== undefined)) return null;
    const first = found[1] === '*' ? lowest : Number(found[1]);
    const open = found[1] === '*' || found[3] !== undefined;
    const last = found[2] !== undefined ? Number(found[2]) : open ? highest : first;
    const step = Number(found[3] ?? 1);
    if (first < lowest || last > highest || first > last || step < 1 || step > highest - lowest) return null;
    for (let at = first; at <= last; at += step) all.add(at);
  }
  return [...all].sort((a, b) => a - b);
}

function asProduct(times: string[]): { minutes: number[]; hours: number[]; whole: boolean } {
  const read = times.flatMap((time) => clock(time) ?? []);
  const unique = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);
  const [minutes, hours] = [unique(read.map(({ minute }) => minute)), unique(read.map(({ hour }) => hour))];
  const distinct = new Set(read.map(({ hour, minute }) => hour * 60 + minute)).size;
  return { minutes, hours, whole: distinct === minutes.length * hours.length };
}

const product = (hours: number[], minutes: number[]): string[] =>
  hours.flatMap((hour) => minutes.map((minute) => `${two(hour)}:${two(minute)}`));

function clock(time: string): { hour: number; minute: number } | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  return found && { hour: Number(found[1]), minute: Number(found[2]) };
}

const instant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) && !Number.isNaN(Date.parse(`${text}Z`));
const two = (value: number): string => String(value).padStart(2, '0');
const shortly = (hour: number | undefined): string => `${hour ?? 0}:00`;

/** How many photos a day of those that it is for; null when that is less than one, or once. */
export function aDay(form: Form): number | null {
  if (form.kind === 'once' || mistakeOf(form) !== null) return null;
  if (form.kind === 'times') return new Set(form.times).size;
  if (form.unit === 'days') return form.count === 1 ? 1 : null;
  const hours = byTheClock(form) ? (form.until - form.from + 24) % 24 || 24 : 24;
  const found = form.unit === 'minutes' ? (hours * 60) / form.count : hours / form.count;
  return found < 1 ? null : byTheClock(form) ? Math.ceil(found) : Math.floor(found);
}

export const starting: Every = {
  kind: 'every',
  count: 10,
  unit: 'minutes',
  days: [...WEEKDAYS],
  from: 0,
  until: 24,
  round: true,
};
