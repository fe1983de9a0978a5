import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Link, TopicListener } from '../realtime/client';
import { newer, POLL_LIVE_MS, POLL_MS, watchJob, type JobStatus } from './watch';

const job = (status: JobStatus['status'], done = 0): JobStatus => ({
  job_id: '1',
  kind: 'export',
  status,
  progress: { stage: 'collecting', done, total: 10 },
});

let updates: string[];
let listener: TopicListener | null;
let tellLink: (link: Link) => void;
let answers: (JobStatus | Error)[];
let asked: number;
let gone: number;

function watch(): () => void {
  return watchJob('1', {
    fetchStatus: async () => {
      asked += 1;
      const next = answers.shift() ?? job('processing');
      if (next instanceof Error) throw next;
      return next;
    },
    listen: (_topic, given) => {
      listener = given;
      return () => (listener = null);
    },
    onLink: (heard) => {
      tellLink = heard;
      return () => {};
    },
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    update: ({ status, progress }) => updates.push(`${status} ${progress.done}`),
    gone: () => (gone += 1),
    isGone: (error) => (error as Error).message === '404',
  });
}

const hear = (data: JobStatus) =>
  listener?.event({ type: 'job.progress', topic: 'job:1', sequence: 1, at: '', data });

beforeEach(() => {
  vi.useFakeTimers();
  updates = [];
  answers = [];
  asked = 0;
  gone = 0;
  listener = null;
});

describe('watching', () => {
  it('shows what it is told, and stops at the end', async () => {
    answers = [job('pending')];
    watch();
    await vi.advanceTimersByTimeAsync(0);
    hear(job('processing', 4));
    hear(job('completed', 10));
    expect(updates).toEqual(['pending 0', 'processing 4', 'completed 10']);
    expect(listener).toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(1);
  });

  it('asks every few seconds while the socket is gone, rarely while it is live', async () => {
    watch();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(asked).toBe(2);
    tellLink('live');
    expect(asked).toBe(2); // what happens before it listens would be missed
    listener?.subscribed?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(3);
    await vi.advanceTimersByTimeAsync(POLL_LIVE_MS - 1);
    expect(asked).toBe(3);
    tellLink('lost');
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(asked).toBe(5);
  });

  it('asks when it is only told that something is new', async () => {
    watch();
    await vi.advanceTimersByTimeAsync(0);
    listener?.event({ type: 'job.progress', topic: 'job:1', sequence: 1, at: '', data: { omitted: true } });
    expect(asked).toBe(2);
  });

  it('goes on after a failed question, and ends when the job is not there', async () => {
    answers = [new Error('down'), job('processing', 1), new Error('404')];
    watch();
    await vi.advanceTimersByTimeAsync(2 * POLL_MS);
    expect(updates).toEqual(['processing 1']);
    expect(gone).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(3);
  });

  it('says nothing after it was stopped', async () => {
    const stop = watch();
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(updates).toEqual([]);
  });
});

describe('newer', () => {
  it.each([
    [job('processing', 5), job('processing', 3), false],
    [job('processing', 5), job('pending', 0), false],
    [job('completed', 10), job('processing', 9), false],
    [job('completed', 10), job('completed', 10), false],
    [job('pending', 0), job('processing', 0), true],
    [job('processing', 5), job('failed', 5), true],
  ])('knows late news', (known, told, is) => expect(newer(known, told)).toBe(is));
});
