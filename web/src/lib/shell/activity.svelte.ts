/** Uploads and jobs under way, whatever page is open. */
import { api, ok, once } from '../api/client';
import { Problem, toProblem } from '../api/problem';
import { watchJob, type JobStatus } from '../jobs/watch';
import { wordsOf } from '../jobs/words';
import { after, live } from '../realtime/index.svelte';
import { putFile } from '../upload/put';
import { Uploader, type Upload } from '../upload/uploader';
import { toasts } from './toasts.svelte';
import { plural } from '../ui/format';

export interface WatchedJob {
  id: string;
  title: string;
  job: JobStatus | null;
  gone: boolean;
  /** What the photos were called that it works on, by storage key. */
  names: Record<string, string>;
}

/** Who does something with photos when they are up. */
export interface UploadsListener {
  changed(uploads: Upload[]): void;
  /** Signed out. */
  left(): void;
}

const KEPT = 'darkroom-jobs';
const open = ({ job, gone }: WatchedJob) => !gone && job?.status !== 'completed' && job?.status !== 'failed';

function online(): Promise<void> {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve) => addEventListener('online', () => resolve(), { once: true }));
}

class Activity {
  uploads = $state.raw<Upload[]>([]);
  jobs = $state<WatchedJob[]>([]);
  shown = $state(false);
  /** For those who listen: said when something ends, not at each step. */
  said = $state('');
  #drawn = false;
  #wasBusy = false;
  #stops = new Map<string, () => void>();
  #uploadsHeard = new Set<UploadsListener>();
  #endsHeard = new Set<(ended: WatchedJob) => void>();

  readonly uploader = new Uploader({
    announce: async (files) =>
      (await ok(api.POST('/api/v1/uploads/generate-urls', { body: { files }, ...once() }))).uploads,
    put: putFile,
    passing: (error) => {
      const problem = toProblem(error);
      return problem.passing ? { after: problem.retryAfter ?? 0 } : null;
    },
    online,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    now: Date.now,
    changed: () => this.#redraw(),
  });

  get sending(): Upload[] {
    return this.uploads.filter(({ state }) => state === 'sending' || state === 'waiting');
  }

  get busy(): boolean {
    return this.sending.length > 0 || this.jobs.some(open);
  }

  /** The share of all bytes asked for that has arrived. */
  get share(): number {
    const counted = this.uploads.filter(({ state }) => ['sending', 'waiting', 'done'].includes(state));
    const total = counted.reduce((sum, { file }) => sum + file.size, 0);
    return total === 0 ? 0 : counted.reduce((sum, { sent }) => sum + Math.min(sent, total), 0) / total;
  }

  onUploads(listener: UploadsListener): void {
    this.#uploadsHeard.add(listener);
  }

  /** Hears of each job that completes or fails while it is followed. */
  onEnd(heard: (ended: WatchedJob) => void): () => void {
    this.#endsHeard.add(heard);
    return () => this.#endsHeard.delete(heard);
  }

  follow(id: string, title: string, names: Record<string, string> = {}): void {
    if (this.jobs.some((watched) => watched.id === id)) return;
    this.jobs = [{ id, title, job: null, gone: false, names }, ...this.jobs];
    this.#keep();
    this.#watch(id);
  }

  /** A failed job was begun again. */
  followAgain(id: string): void {
    this.#stops.get(id)?.();
    this.jobs = this.jobs.map((watched) => (watched.id === id ? { ...watched, job: null } : watched));
    this.#keep();
    this.#watch(id);
  }

  #watch(id: string): void {
    const title = this.jobs.find((watched) => watched.id === id)?.title ?? '';
    const change = (next: Partial<WatchedJob>) => {
      this.jobs = this.jobs.map((watched) => (watched.id === id ? { ...watched, ...next } : watched));
      this.#keep();
    };
    this.#stops.set(
      id,
      watchJob(id, {
        fetchStatus: async (job_id) =>
          (await ok(api.GET('/api/v1/jobs/{job_id}/status', { params: { path: { job_id } } }))) as JobStatus,
        listen: (topic, listener) => live.realtime.listen(topic, listener),
        onLink: (heard) => live.onLink(heard),
        after,
        update: (job) => {
          change({ job });
          if (job.status !== 'completed' && job.status !== 'failed') return;
          this.said = `${title}: ${wordsOf(job)}`;
          const ended = this.jobs.find((watched) => watched.id === id);
          if (ended) this.#endsHeard.forEach((heard) => heard(ended));
        },
        gone: () => change({ gone: true }),
        isGone: (error) => error instanceof Problem && error.status === 404,
      }),
    );
  }

  forget(id: string): void {
    this.#stops.get(id)?.();
    this.#stops.delete(id);
    this.jobs = this.jobs.filter((watched) => watched.id !== id);
    this.#keep();
  }

  /** After a reload, jobs go on being followed. */
  resume(): void {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as Omit<WatchedJob, 'job' | 'gone'>[];
      kept.forEach(({ id, title, names }) => this.follow(id, title, names));
    } catch {
      // Nothing was kept, or not by us.
    }
  }

  /** Signed out: what was under way here belongs to somebody else now. */
  reset(): void {
    this.uploader.cancelAll();
    this.uploader.clearFinished();
    this.#uploadsHeard.forEach((listener) => listener.left());
    this.#stops.forEach((stop) => stop());
    this.#stops.clear();
    this.jobs = [];
    this.shown = false;
    this.#keep();
  }

  #keep(): void {
    try {
      const kept = this.jobs.filter(open).map(({ id, title, names }) => ({ id, title, names }));
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // It will not be followed after a reload; the job runs on.
    }
  }

  /** Progress comes many times a frame; the page is drawn once. */
  #redraw(): void {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      this.uploads = this.uploader.uploads.map((upload) => ({ ...upload }));
      this.#uploadsHeard.forEach((listener) => listener.changed(this.uploads));
      this.#sayWhenDone();
    });
  }

  #sayWhenDone(): void {
    const busy = this.sending.length > 0;
    if (this.#wasBusy && !busy) {
      const done = this.uploads.filter(({ state }) => state === 'done').length;
      const failed = this.uploads.filter(({ state }) => state === 'failed').length;
      const words =
        failed > 0 ? `${plural(done, 'photo')} stored, ${failed} failed` : `${plural(done, 'photo')} stored`;
      this.said = words;
      if (done + failed > 0) toasts.say(words, { kind: failed > 0 ? 'info' : 'good' });
    }
    this.#wasBusy = busy;
  }
}

export const activity = new Activity();
