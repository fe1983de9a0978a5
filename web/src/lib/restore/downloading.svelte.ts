/** What is being downloaded from one order's page, and what went wrong with it. */
import { toProblem, type Problem } from '../api/problem';
import * as calls from './calls';
import { download, type DownloadParts } from './download';

const browser = (orderId: string, token: string | null): DownloadParts => ({
  create: (imageIds) => calls.createDownload(orderId, token, imageIds),
  // Where it leads is another origin's, and not for this script to follow: that it leads somewhere is enough.
  knock: async (url) => {
    const answer = await fetch(url, { redirect: 'manual', cache: 'no-store' });
    const after = Number(answer.headers.get('Retry-After') ?? NaN);
    return {
      status: answer.type === 'opaqueredirect' ? 0 : answer.status,
      after: Number.isFinite(after) ? after : 3,
    };
  },
  // Comes as an attachment: the page stays.
  go: (url) => location.assign(url),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

export class Downloading {
  /** What is being fetched: a photo's id, or `all`. */
  busy = $state<string | null>(null);
  waiting = $state(false);
  problem = $state.raw<Problem | null>(null);

  async start(orderId: string, token: string | null, imageId: string | null): Promise<void> {
    if (this.busy !== null) return;
    this.busy = imageId ?? 'all';
    this.problem = null;
    try {
      await download(
        browser(orderId, token),
        imageId === null ? null : [imageId],
        () => (this.waiting = true),
      );
    } catch (error) {
      this.problem = toProblem(error);
    } finally {
      this.busy = null;
      this.waiting = false;
    }
  }
}
