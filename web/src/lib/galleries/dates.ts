/** When photos were taken, as the camera's owner saw the clock. */
export interface Dated {
  taken_at: string | null;
  taken_at_offset: string | null;
  created_at: string;
}

const inUtc = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
const dayOfYear = inUtc({ weekday: 'short', day: 'numeric', month: 'short' });
const month = inUtc({ month: 'long', year: 'numeric' });
const long = inUtc({ day: 'numeric', month: 'long', year: 'numeric' });
const short = inUtc({ day: 'numeric', month: 'short', year: 'numeric' });
const full = inUtc({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const time = inUtc({ hour: 'numeric', minute: '2-digit' });

/** A moment whose UTC fields are what the clock on the wall showed. Without a time of its own: when it was added. */
export function wallClock({ taken_at, taken_at_offset, created_at }: Dated): Date {
  const moment = new Date(taken_at ?? created_at);
  return new Date(moment.getTime() + (taken_at ? minutesOf(taken_at_offset) * 60_000 : 0));
}

function minutesOf(offset: string | null): number {
  const found = /^([+-])(\d\d):(\d\d)$/.exec(offset ?? '');
  if (!found) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === '-' ? -minutes : minutes;
}

export const dayKey = (photo: Dated): string => wallClock(photo).toISOString().slice(0, 10);
export const dayTitle = (photo: Dated): string => dayOfYear.format(wallClock(photo));
export const monthTitle = (photo: Dated): string => month.format(wallClock(photo));

/** For a caption: the day and the time on the wall, and how far from UTC that wall was when it is known. */
export function taken(photo: Dated): string | null {
  if (photo.taken_at === null) return null;
  const at = wallClock(photo);
  return `${full.format(at)}, ${time.format(at)}`;
}

export function takenShortly(photo: Dated): string {
  return photo.taken_at === null ? 'date not known' : long.format(wallClock(photo));
}

/** From the first to the last day of what has a time: "June 3 – 9, 2026". Null when nothing has. */
export function span(photos: Dated[], months: 'long' | 'short' = 'long'): string | null {
  const times = photos.filter(({ taken_at }) => taken_at !== null).map((photo) => wallClock(photo).getTime());
  if (times.length === 0) return null;
  const [first, last] = times.reduce(
    ([least, most], at) => [Math.min(least, at), Math.max(most, at)],
    [Infinity, -Infinity],
  );
  return { long, short }[months].formatRange(new Date(first), new Date(last)).replace(/\u2009/g, ' ');
}
