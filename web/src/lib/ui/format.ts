/** Numbers and times as a person reads them. */
const count = new Intl.NumberFormat('en-US');
const currencies = new Map<string, Intl.NumberFormat>();
const day = new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' });

export const number = (value: number): string => count.format(value);
export function money(minor: number, currency = 'usd'): string {
  let format = currencies.get(currency);
  if (!format) {
    format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
    currencies.set(currency, format);
  }
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits).replace('-', '−');
}

export const date = (iso: string): string => day.format(new Date(iso));
export const dateTime = (iso: string): string => moment.format(new Date(iso));

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let left = value;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${left >= 100 || at === 0 ? Math.round(left) : left.toFixed(1)} ${units[at] ?? ''}`;
}

export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  if (Math.abs(seconds) < 45) return 'just now';
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['minute', 60],
    ['hour', 3600],
    ['day', 86_400],
  ];
  const [unit, size] = steps.filter(([, length]) => Math.abs(seconds) >= length * 0.75).at(-1) ?? [
    'minute',
    60,
  ];
  const value = Math.round(seconds / size);
  return unit === 'day' && Math.abs(value) > 6 ? date(iso) : relative.format(value, unit);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
