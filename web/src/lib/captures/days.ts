/** Days as the person at this page counts them: on the browser's own clock, written `YYYY-MM-DD`. */
const long = new Intl.DateTimeFormat('en-US', { weekday: 'long', day: 'numeric', month: 'long' });
const longWithYear = new Intl.DateTimeFormat('en-US', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const shortDay = new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'short' });
const clockTime = new Intl.DateTimeFormat('en-US', { hour: 'numeric', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-US', {
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
});
const fullHour = new Intl.DateTimeFormat('en-US', { hour: 'numeric' });

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const two = (value: number): string => String(value).padStart(2, '0');
const written = (date: Date): string =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

export const dayOf = (moment: string | number | Date): string => written(new Date(moment));
export const today = (): string => dayOf(Date.now());

/** Midnight at its beginning. */
export function beginning(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date);
}

export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && dayOf(beginning(text)) === text;
}

export function plusDays(day: string, by: number): string {
  const date = beginning(day);
  return written(new Date(date.getFullYear(), date.getMonth(), date.getDate() + by));
}

/** From its midnight to the next one: 23 or 25 hours when clocks change. */
export const spanOf = (day: string): { from: string; to: string } => ({
  from: beginning(day).toISOString(),
  to: beginning(plusDays(day, 1)).toISOString(),
});

export function dayTitle(day: string, now = today()): string {
  if (day === now) return 'Today';
  if (day === plusDays(now, -1)) return 'Yesterday';
  return (day.slice(0, 4) === now.slice(0, 4) ? long : longWithYear).format(beginning(day));
}

export const fullDay = (day: string): string => long.format(beginning(day));
export const shortly = (day: string): string => shortDay.format(beginning(day));
export const timeOf = (moment: string): string => clockTime.format(new Date(moment));
export const secondsOf = (moment: string): string => clockSeconds.format(new Date(moment));
export const hourOf = (moment: string): string => fullHour.format(new Date(moment));

export const justAfter = (moment: string): string => new Date(Date.parse(moment) + 1000).toISOString();

/** Where in its day a moment lies, 0..1. */
export function shareOf(moment: string, day: string): number {
  const from = beginning(day).getTime();
  const to = beginning(plusDays(day, 1)).getTime();
  return Math.min(1, Math.max(0, (new Date(moment).getTime() - from) / (to - from)));
}
