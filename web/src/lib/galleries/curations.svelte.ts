/** What may be done about jobs of galleries, from wherever they are shown: undo one, try a failed one again. */
import { api, ok, once } from '../api/client';
import { madeAlbums, wordsOf } from '../jobs/words';
import { activity, type WatchedJob } from '../shell/activity.svelte';
import { toasts } from '../shell/toasts.svelte';

const AGAIN = ['curation', 'curation_undo', 'album_download'];

class Curations {
  /** Asked to be undone here: the offer is not made twice. */
  #undone = $state<Record<string, true>>({});

  constructor() {
    activity.onEnd((ended) => {
      if (ended.job?.kind !== 'curation' || ended.job.status !== 'completed') return;
      toasts.say(
        wordsOf(ended.job),
        madeAlbums(ended.job) > 0
          ? { stays: 12_000, action: { label: 'Undo', act: () => void this.undo(ended) } }
          : { kind: 'info' },
      );
    });
  }

  mayUndo({ id, job }: WatchedJob): boolean {
    return job !== null && madeAlbums(job) > 0 && !this.#undone[id];
  }

  mayRetry({ job }: WatchedJob): boolean {
    return job?.status === 'failed' && AGAIN.includes(job.kind);
  }

  async undo({ id }: WatchedJob): Promise<void> {
    if (this.#undone[id]) return;
    this.#undone = { ...this.#undone, [id]: true };
    try {
      const { job_id } = await ok(
        api.POST('/api/v1/jobs/{job_id}/undo', { params: { path: { job_id: id } }, ...once() }),
      );
      activity.follow(job_id, 'Taking albums back');
    } catch (error) {
      this.#undone = Object.fromEntries(Object.entries(this.#undone).filter(([key]) => key !== id));
      toasts.problem(error);
    }
  }

  async retry({ id }: WatchedJob): Promise<void> {
    try {
      await ok(api.POST('/api/v1/jobs/{job_id}/retry', { params: { path: { job_id: id } }, ...once() }));
      activity.followAgain(id);
    } catch (error) {
      toasts.problem(error);
    }
  }
}

export const curations = new Curations();
