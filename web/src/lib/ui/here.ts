/**
 * What comes late may find its page left: a picture that was still loading, an answer, a timer. A prop or a
 * derived value that is read then is not what it was, may be nobody's, and the console says so.
 */
import { page } from '$app/state';

/** Of the picture that an event is about, whatever its component shows meanwhile. */
export const sourceOf = ({ currentTarget }: Event): string | null =>
  (currentTarget as Element | null)?.getAttribute('src') ?? null;

/** Answers later whether one still is where one is now: a late answer leads nobody away from where they went. */
export function stillHere(): () => boolean {
  const { pathname } = page.url;
  return () => page.url.pathname === pathname;
}
