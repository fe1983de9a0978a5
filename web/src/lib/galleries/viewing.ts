/** Which photo is open stands in the address: it can be sent to someone, and the browser's back closes it. */
import { goto } from '$app/navigation';
import { page } from '$app/state';

export const openedPhoto = (): string | null => page.url.searchParams.get('photo');

export function photoAddress(id: string | null): string {
  const search = new URLSearchParams(page.url.searchParams);
  if (id === null) search.delete('photo');
  else search.set('photo', id);
  const query = search.toString();
  return `${page.url.pathname}${query ? `?${query}` : ''}`;
}

const quietly = { noScroll: true, keepFocus: true } as const;

export const openPhoto = (id: string): Promise<void> =>
  goto(photoAddress(id), { ...quietly, state: { dialog: 'photo' } });

/** From one to the next: back leads out of them all. */
export const turnTo = (id: string): Promise<void> =>
  goto(photoAddress(id), { ...quietly, replaceState: true, state: { ...page.state } });

export function closePhoto(): void {
  if (page.state.dialog === 'photo') history.back();
  else void goto(photoAddress(null), { ...quietly, replaceState: true });
}
