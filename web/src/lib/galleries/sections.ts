/** Photos under the headings of their days and months. */
import { dayKey, dayTitle, monthTitle, type Dated } from './dates';
import type { Section, Shape } from './justified';

export function byDay<T extends Dated & Shape>(photos: T[]): Section<T>[] {
  const days = new Map<string, T[]>();
  for (const photo of photos) {
    const key = dayKey(photo);
    const day = days.get(key);
    if (day) day.push(photo);
    else days.set(key, [photo]);
  }
  let month: string | null = null;
  return [...days].map(([key, [first, ...rest]]) => {
    const photo = first as T; // a day has at least the photo that opened it
    const begins = monthTitle(photo);
    const chapter = begins === month ? null : begins;
    month = begins;
    return { key, title: dayTitle(photo), chapter, photos: [photo, ...rest] };
  });
}

const DAY_MS = 86_400_000;
export const TRASH_DAYS = 30;

/** Days until a photo in the trash is deleted for good. */
export function daysLeft(trashed_at: string, now: number): number {
  return Math.max(0, Math.ceil((new Date(trashed_at).getTime() + TRASH_DAYS * DAY_MS - now) / DAY_MS));
}

export function byDaysLeft<T extends Shape & { trashed_at: string | null }>(
  photos: T[],
  now: number,
): Section<T>[] {
  const groups = new Map<number, T[]>();
  for (const photo of photos) {
    const left = daysLeft(photo.trashed_at ?? new Date(now).toISOString(), now);
    groups.set(left, [...(groups.get(left) ?? []), photo]);
  }
  return [...groups].map(([left, held]) => ({
    key: String(left),
    title: left === 0 ? 'Deleted today' : left === 1 ? '1 day left' : `${left} days left`,
    chapter: null,
    photos: held,
  }));
}
