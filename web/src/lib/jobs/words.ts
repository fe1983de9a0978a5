/** What a job is doing or has done, in words. */
import { plural } from '../ui/format';
import type { JobStatus } from './watch';

export interface Skipped {
  storage_key: string;
  reason: string;
}

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function wordsOf(job: JobStatus | null): string {
  if (!job || job.status === 'pending') return 'Waiting for its turn';
  if (job.status === 'failed') return job.error_message ?? 'It failed. Please try again.';
  if (job.status === 'completed') return ended(job);
  const stage = job.progress.stage ?? 'working';
  const { done, total } = photosOf(job);
  return total > 0 ? `${stage} · ${done} of ${total}` : stage;
}

/** A curation counts one step more than it has photos: the albums themselves. */
function photosOf({ kind, progress: { done, total } }: JobStatus): { done: number; total: number } {
  if (kind !== 'curation') return { done, total };
  return { done: Math.min(done, total - 1), total: total - 1 };
}

function ended(job: JobStatus): string {
  if (job.kind === 'curation') {
    const albums = madeAlbums(job);
    const photos = count(job.result?.['photos']);
    if (albums === 0) return 'Nothing new: these photos are in albums already';
    return `${plural(albums, 'album')} of ${plural(photos, 'photo')}`;
  }
  if (job.kind === 'curation_undo') {
    const kept = count(job.result?.['albums_kept']);
    const removed = `${plural(count(job.result?.['albums_removed']), 'album')} taken back`;
    return kept > 0
      ? `${removed}; ${plural(kept, 'album')} that you changed ${kept === 1 ? 'stays' : 'stay'}`
      : removed;
  }
  if (job.kind === 'timelapse' && count(job.result?.['frames']) > 0) {
    const seconds = Math.max(1, Math.round(count(job.result?.['duration_seconds'])));
    return `A film of ${plural(count(job.result?.['frames']), 'photo')}, ${plural(seconds, 'second')}`;
  }
  return 'Ready';
}

export function madeAlbums(job: JobStatus): number {
  return job.kind === 'curation' && job.status === 'completed'
    ? count(job.albums_created ?? job.result?.['albums_created'])
    : 0;
}

export function skippedOf(job: JobStatus | null): Skipped[] {
  return list(job?.result?.['skipped']).flatMap((entry) => {
    const { storage_key, reason } = entry as Record<string, unknown>;
    return typeof storage_key === 'string' && typeof reason === 'string' ? [{ storage_key, reason }] : [];
  });
}

export function duplicatesOf(job: JobStatus | null): number {
  return list(job?.result?.['duplicates']).length;
}
