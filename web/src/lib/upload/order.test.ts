import { expect, it } from 'vitest';
import { inOrder } from './order';
import type { Upload, UploadState } from './uploader';

it('shows what moves and what failed before what waits and what is done', () => {
  const states: UploadState[] = ['done', 'done', 'waiting', 'refused', 'sending', 'sending', 'waiting'];
  const uploads = states.map((state, id): Upload => {
    return { id, state, file: new File([], 'a.jpg'), sent: 0, reason: null, storageKey: null };
  });
  expect(inOrder(uploads).map(({ id }) => id)).toEqual([4, 5, 3, 2, 6, 1, 0]);
});
