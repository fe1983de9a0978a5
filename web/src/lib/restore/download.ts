/** From a press on Download to a file: a link is made, and waited for while a ZIP is being put together. */
import { Problem } from '../api/problem';

export interface DownloadParts {
  create(imageIds: string[] | null): Promise<{ url: string }>;
  /** The status of the link's answer: 0 when it leads on to the file. */
  knock(url: string): Promise<{ status: number; after: number }>;
  go(url: string): void;
  sleep(ms: number): Promise<void>;
}

export const LONGEST_WAIT_MS = 15 * 60_000;

/** Calls `waiting` as soon as the file is not there yet. Throws a Problem with words for what went wrong. */
export async function download(
  parts: DownloadParts,
  imageIds: string[] | null,
  waiting: () => void,
): Promise<void> {
  const { url } = await parts.create(imageIds);
  let waited = 0;
  let failures = 0;
  for (;;) {
    const { status, after } = await parts.knock(url).catch(() => ({ status: 503, after: 3 }));
    if (status === 0 || (status >= 200 && status < 400 && status !== 202)) return parts.go(url);
    if (status === 403)
      throw new Problem({
        status,
        title: 'This download is closed',
        detail: 'Load the page again; it says how the order stands.',
      });
    if (status !== 202 && (failures += 1) > 5)
      throw new Problem({
        status,
        title: 'The download does not start',
        detail: 'Nothing is lost. Please try again in a minute.',
      });
    if (waited > LONGEST_WAIT_MS)
      throw new Problem({
        status: 202,
        title: 'The ZIP is still being put together',
        detail: 'It takes longer than usual. Please come back in a while, or download the photos one by one.',
      });
    waiting();
    const pause = Math.min(20, Math.max(1, after)) * 1000;
    waited += pause;
    await parts.sleep(pause);
  }
}
