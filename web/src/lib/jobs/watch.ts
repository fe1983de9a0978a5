/** Follows one job: over the socket while it is live, by asking now and then while it is not. */
import type { Link, TopicListener } from '../realtime/client';

export interface JobStatus {
  job_id: string;
  kind: string;
  status: 'pending' | 'processing' | 'completed' | 'failed';
  progress: { stage?: string | null; done: number; total: number };
  result?: Record<string, unknown> | null;
  albums_created?: number | null;
  error_message?: string | null;
}

export interface JobParts {
  fetchStatus(id: string): Promise<JobStatus>;
  listen(topic: string, listener: TopicListener): () => void;
  onLink(heard: (link: Link) => void): () => void;
  after(ms: number, act: () => void): () => void;
  update(job: JobStatus): void;
  /** It is not there any more, or is not ours. */
  gone(): void;
  isGone(error: unknown): boolean;
}

export const POLL_MS = 3000;
export const POLL_LIVE_MS = 30_000; // a socket can be dead for minutes before it is known

const ended = ({ status }: JobStatus) => status === 'completed' || status === 'failed';
const order = { pending: 0, processing: 1, completed: 2, failed: 2 } as const;

/** What is too large for a frame comes as a word that something is new. */
function isStatus(data: unknown): data is JobStatus {
  return typeof data === 'object' && data !== null && 'status' in data && 'progress' in data;
}

/** Late news must not turn the clock back. */
export function newer(known: JobStatus | null, told: JobStatus): boolean {
  if (!known) return true;
  if (order[told.status] !== order[known.status]) return order[told.status] > order[known.status];
  return (
    !ended(known) &&
    (told.progress.done >= known.progress.done || told.progress.stage !== known.progress.stage)
  );
}

export function watchJob(id: string, parts: JobParts): () => void {
  let known: JobStatus | null = null;
  let link: Link = 'idle';
  let stopped = false;
  let cancelPoll: () => void = () => {};

  const stop = () => {
    stopped = true;
    cancelPoll();
    leave();
    unlink();
  };
  const told = (job: JobStatus) => {
    if (stopped || !newer(known, job)) return;
    known = job;
    parts.update(job);
    if (ended(job)) stop();
  };
  const ask = async () => {
    cancelPoll();
    try {
      told(await parts.fetchStatus(id));
    } catch (error) {
      if (!stopped && parts.isGone(error)) {
        stop();
        parts.gone();
      }
    }
    cancelPoll();
    if (!stopped) cancelPoll = parts.after(link === 'live' ? POLL_LIVE_MS : POLL_MS, () => void ask());
  };
  const leave = parts.listen(`job:${id}`, {
    event: ({ data }) => (isStatus(data) ? told(data) : void ask()),
    subscribed: () => void ask(), // between the first answer and now, or while it was lost
  });
  const unlink = parts.onLink((now) => {
    const isNews = now !== link;
    link = now;
    if (isNews && now === 'lost') void ask();
  });
  void ask();
  return stop;
}
