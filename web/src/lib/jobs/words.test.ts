import { describe, expect, it } from 'vitest';
import type { JobStatus } from './watch';
import { duplicatesOf, madeAlbums, skippedOf, wordsOf } from './words';

const job = (more: Partial<JobStatus> = {}): JobStatus => ({
  job_id: '1',
  kind: 'curation',
  status: 'processing',
  progress: { stage: 'preparing photos', done: 31, total: 43 },
  ...more,
});

describe('a curation', () => {
  it('counts photos, not its last step', () => {
    expect(wordsOf(job())).toBe('preparing photos · 31 of 42');
    expect(wordsOf(job({ progress: { stage: 'making albums', done: 43, total: 43 } }))).toBe(
      'making albums · 42 of 42',
    );
  });
  it('ends with what it made', () => {
    const done = job({ status: 'completed', result: { albums_created: 6, photos: 42 } });
    expect(wordsOf(done)).toBe('6 albums of 42 photos');
    expect(madeAlbums(done)).toBe(6);
    expect(wordsOf(job({ status: 'completed', albums_created: 0, result: {} }))).toContain('Nothing new');
  });
  it('says why it failed, in the words that came', () =>
    expect(wordsOf(job({ status: 'failed', error_message: 'None of these could be used.' }))).toBe(
      'None of these could be used.',
    ));
  it('names what was left out', () => {
    const left = job({
      result: { skipped: [{ storage_key: 'a', reason: 'No photo.' }, {}], duplicates: [1, 2] },
    });
    expect(skippedOf(left)).toEqual([{ storage_key: 'a', reason: 'No photo.' }]);
    expect(duplicatesOf(left)).toBe(2);
    expect(skippedOf(null)).toEqual([]);
  });
});

it('an undoing says what stays', () => {
  const undo = (result: Record<string, unknown>) =>
    job({ kind: 'curation_undo', status: 'completed', result });
  expect(wordsOf(undo({ albums_removed: 3, albums_kept: 0 }))).toBe('3 albums taken back');
  expect(wordsOf(undo({ albums_removed: 2, albums_kept: 1 }))).toBe(
    '2 albums taken back; 1 album that you changed stays',
  );
});

it('other jobs are as before', () => {
  expect(wordsOf(null)).toBe('Waiting for its turn');
  expect(wordsOf(job({ kind: 'export', progress: { stage: null, done: 0, total: 0 } }))).toBe('working');
  expect(wordsOf(job({ kind: 'export', progress: { stage: 'packing', done: 3, total: 9 } }))).toBe(
    'packing · 3 of 9',
  );
  expect(wordsOf(job({ kind: 'export', status: 'completed' }))).toBe('Ready');
});

it('a film says how long it is', () => {
  const film = (result: Record<string, unknown>) => job({ kind: 'timelapse', status: 'completed', result });
  expect(wordsOf(film({ frames: 48, duration_seconds: 4 }))).toBe('A film of 48 photos, 4 seconds');
  expect(wordsOf(film({ frames: 2, duration_seconds: 0.167 }))).toBe('A film of 2 photos, 1 second');
  expect(wordsOf(film({}))).toBe('Ready');
});
