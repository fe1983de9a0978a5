/** What happens now and what needs a hand comes first, what is done comes last, the newest of it on top. */
import type { Upload, UploadState } from './uploader';

const RANK: Record<UploadState, number> = {
  sending: 0,
  failed: 1,
  refused: 1,
  waiting: 2,
  cancelled: 3,
  done: 4,
};

export function inOrder(uploads: Upload[]): Upload[] {
  return [...uploads].sort(
    (a, b) => RANK[a.state] - RANK[b.state] || (a.state === 'done' ? b.id - a.id : a.id - b.id),
  );
}
