/** Time zones by name, and clocks on walls in them. */
import { match } from '../shell/match';

export interface Zone {
  name: string;
  /** As it is said: "Berlin, Europe". */
  said: string;
}

export function saidOf(name: string): string {
  const parts = name.replaceAll('_', ' ').split('/');
  return parts.length > 1 ? `${parts.slice(1).join(', ')}, ${parts[0]}` : name;
}

export function allZones(): Zone[] {
  const known = 'supportedValuesOf' in Intl ? Intl.supportedValuesOf('timeZone') : [];
  return [...new Set(['UTC', ...known])].map((name) => ({ name, said: saidOf(name) }));
}

/** The best first; all of them while nothing is typed. */
export function findZones(zones: Zone[], typed: string): Zone[] {
  return zones
    .map((zone) => ({ zone, score: match(typed, zone.said, zone.name) }))
    .filter((entry): entry is { zone: Zone; score: number } => entry.score !== null)
    .sort((a, b) => b.score - a.score)
    .map(({ zone }) => zone);
}

/** "GMT+1" just now; nothing for a zone that is not known here. */
export function offsetOf(name: string, now = Date.now()): string {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'shortOffset' });
    return parts.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  } catch {
    return '';
  }
}

/** What a clock in the zone shows at a moment, `YYYY-MM-DDTHH:MM`. */
export function wallOf(moment: string, zone: string): string {
  return wallText(new Date(moment).getTime(), zone).slice(0, 16);
}

/** The moment at which a clock in the zone shows this; of two, the first. Null for what is no time. */
export function momentOf(wall: string, zone: string): string | null {
  const guess = Date.parse(`${wall.length === 16 ? `${wall}:00` : wall}Z`);
  if (Number.isNaN(guess)) return null;
  const shownAt = (moment: number) => Date.parse(`${wallText(moment, zone)}Z`);
  const found = [-1, 0, 1]
    .map((day) => guess + day * 86_400_000)
    .map((around) => guess - (shownAt(around) - around)) // with the offset of that day
    .filter((moment) => shownAt(moment) === guess);
  const moment = found.length > 0 ? Math.min(...found) : guess - (shownAt(guess) - guess); // skipped by the clocks
  return new Date(moment).toISOString();
}

function wallText(moment: number, zone: string): string {
  let format: Intl.DateTimeFormat;
  const options = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  } as const;
  try {
    format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone });
  } catch {
    format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }); // not known here; the API says so
  }
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}`;
}

const momentFormats = new Map<string, Intl.DateTimeFormat>();

/** A moment in the words of its zone: "Fri, Nov 27, 9:10 AM". */
export function momentIn(moment: string, zone: string): string {
  let format = momentFormats.get(zone);
  if (!format) {
    const options = {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: 'numeric',
      minute: '2-digit',
    } as const;
    try {
      format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone });
    } catch {
      format = new Intl.DateTimeFormat('en-US', options);
    }
    momentFormats.set(zone, format);
  }
  return format.format(new Date(moment));
}
