import { describe, expect, it, vi } from 'vitest';
import { Problem } from '../api/problem';
import type { Link, TopicListener } from '../realtime/client';
import type { Upload } from '../upload/uploader';
import { download, type DownloadParts } from './download';
import { explained } from './explained';
import { CALM_MS, follow, POLL_MS } from './follow';
import { dependableShelf, Kept, ORDERS_MOST, type Shelf } from './kept';
import { PATIENCE_MS, sameFile, shown, tally, type Row, type Uploaded } from './photos';
import { amountOf, columnsFor, inColumns, sizeName, USUAL_FIDELITY } from './wish';

function shelf(): Shelf & { all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, value) => void all.set(key, value),
    removeItem: (key) => void all.delete(key),
  };
}

describe('what the browser keeps', () => {
  const upload = { id: 's1', token: 't1', expiresAt: '2026-11-27T00:00:00Z', orderId: null };

  it('is the upload that is under way', () => {
    const on = shelf();
    new Kept(on).upload = upload;
    expect(new Kept(on).upload).toEqual(upload);
    new Kept(on).upload = null;
    expect(new Kept(on).upload).toBeNull();
  });

  it('is the tokens of orders, the newest ones', () => {
    let now = 0;
    const kept = new Kept(shelf(), () => (now += 1));
    for (let at = 0; at <= ORDERS_MOST; at += 1) kept.keepOrder(`o${at}`, `t${at}`);
    expect(kept.orderToken('o0')).toBeNull();
    expect(kept.orderToken(`o${ORDERS_MOST}`)).toBe(`t${ORDERS_MOST}`);
    kept.forgetOrder('o5');
    expect([kept.orderToken('o5'), kept.orderToken('o6')]).toEqual([null, 't6']);
  });

  it.each(['', '{', '7', '{"o1":7}', '{"id":1}', '[]'])('nothing that others wrote: %s', (text) => {
    const on = shelf();
    on.all.set('darkroom-restore-orders', text);
    on.all.set('darkroom-restore-upload', text);
    expect([new Kept(on).upload, new Kept(on).orderToken('o1')]).toEqual([null, null]);
  });

  it('stays in memory where the browser keeps nothing', () => {
    const kept = new Kept(
      dependableShelf(() => {
        throw new Error('switched off');
      }),
    );
    kept.upload = upload;
    expect(kept.upload).toEqual(upload);
    kept.upload = null;
    expect(kept.upload).toBeNull();
  });
});

describe('a photo on its way', () => {
  const file = new File([new Uint8Array(200)], 'grandma.jpg', { lastModified: 5 });
  const upload = (more: Partial<Upload> = {}): Upload => ({
    id: 1,
    file,
    state: 'sending',
    sent: 50,
    reason: null,
    storageKey: null,
    ...more,
  });
  const known = (more: Partial<Uploaded> = {}): Uploaded => ({
    upload_id: 'u1',
    filename: 'grandma.jpg',
    status: 'pending',
    width: null,
    height: null,
    preview_url: null,
    reason: null,
    duplicate_of: null,
    ...more,
  });
  const row = (more: Partial<Row>): Row => ({ key: 'k', uploadId: 'u1', upload: null, file: null, ...more });

  it('says how much of it has been sent', () =>
    expect(shown(row({ upload: upload() }), 0)).toMatchObject({
      name: 'grandma.jpg',
      state: 'sending',
      share: 0.25,
    }));
  it('is looked into once it has arrived', () =>
    expect(shown(row({ upload: upload({ state: 'done' }), file: known() }), 0).state).toBe('looking'));
  it('is ready when the API says so, whatever the browser still believes', () =>
    expect(
      shown(row({ upload: upload(), file: known({ status: 'valid', width: 4, height: 3 }) }), 0),
    ).toMatchObject({ state: 'ready', width: 4, height: 3 }));
  it('is refused in the words of the API', () =>
    expect(shown(row({ file: known({ status: 'invalid', reason: 'It is a film.' }) }), 0)).toMatchObject({
      state: 'refused',
      reason: 'It is a film.',
    }));
  it('is lost when no tab sends it any more', () => {
    expect(shown(row({ file: known() }), PATIENCE_MS).state).toBe('looking');
    expect(shown(row({ file: known() }), PATIENCE_MS + 1).state).toBe('lost');
  });
  it('that was cancelled can be sent again', () =>
    expect(shown(row({ upload: upload({ state: 'cancelled' }) }), 0).state).toBe('failed'));
  it('is the same one when it is chosen once more', () => {
    expect(sameFile(file, new File([new Uint8Array(200)], 'grandma.jpg', { lastModified: 5 }))).toBe(true);
    expect(sameFile(file, new File([new Uint8Array(201)], 'grandma.jpg', { lastModified: 5 }))).toBe(false);
  });
  it('counts for what it is', () => {
    const states = ['valid', 'valid', 'invalid', 'pending'] as const;
    const photos = states.map((status) => shown(row({ file: known({ status }) }), 0));
    expect(tally([...photos, shown(row({ upload: upload({ state: 'failed' }) }), 0)])).toEqual({
      ready: 2,
      moving: 1,
      refused: 1,
      stuck: 1,
    });
  });
});

describe('staying close', () => {
  function setting(open = true) {
    const timers: { ms: number; act: () => void; off: boolean }[] = [];
    let listener: TopicListener | undefined;
    let link: ((link: Link) => void) | undefined;
    let visible: (() => void) | undefined;
    const parts = {
      topic: 'order:1',
      listen: (_topic: string, heard: TopicListener) => {
        listener = heard;
        return () => (listener = undefined);
      },
      onLink: (heard: (link: Link) => void) => {
        link = heard;
        heard('idle');
        return () => (link = undefined);
      },
      after: (ms: number, act: () => void) => {
        const timer = { ms, act, off: false };
        timers.push(timer);
        return () => (timer.off = true);
      },
      visible: () => true,
      onVisible: (act: () => void) => {
        visible = act;
        return () => (visible = undefined);
      },
      event: vi.fn(),
      again: vi.fn(),
      open: () => open,
    };
    const waiting = () => timers.filter(({ off }) => !off);
    return {
      parts,
      waiting,
      hear: (status: Link) => link?.(status),
      listener: () => listener,
      see: () => visible?.(),
      tick: () => {
        const timer = waiting()[0];
        if (timer) timer.off = true;
        timer?.act();
        return timer?.ms;
      },
    };
  }

  it('asks often without a socket, and seldom with one', () => {
    const { parts, hear, listener, tick } = setting();
    follow(parts);
    expect(tick()).toBe(POLL_MS);
    expect(parts.again).toHaveBeenCalledTimes(1);
    hear('live');
    listener()?.subscribed?.();
    expect(parts.again).toHaveBeenCalledTimes(2); // what came in between
    expect(tick()).toBe(CALM_MS);
    hear('lost');
    expect(tick()).toBe(POLL_MS);
  });

  it('asks when the topic is refused, and when the page is seen again', () => {
    const { parts, hear, tick, listener, see } = setting();
    follow(parts);
    hear('live');
    listener()?.refused?.(404, '');
    expect(tick()).toBe(POLL_MS);
    const asked = parts.again.mock.calls.length;
    see();
    expect(parts.again).toHaveBeenCalledTimes(asked + 1);
  });

  it('does not ask about what is over, and leaves nothing behind', () => {
    const { parts, tick, waiting, listener } = setting(false);
    const stop = follow(parts);
    tick();
    expect(parts.again).not.toHaveBeenCalled();
    stop();
    expect([waiting(), listener()]).toEqual([[], undefined]);
  });
});

describe('a download', () => {
  function parts(answers: { status: number; after?: number }[]): DownloadParts & { slept: number[] } {
    const slept: number[] = [];
    return {
      slept,
      create: vi.fn(async () => ({ url: 'https://here/download/t' })),
      knock: vi.fn(async () => ({ after: 3, ...(answers.shift() ?? { status: 0 }) })),
      go: vi.fn(),
      sleep: async (ms) => void slept.push(ms),
    };
  }

  it('goes where the link leads', async () => {
    const all = parts([{ status: 0 }]);
    const waiting = vi.fn();
    await download(all, ['i1'], waiting);
    expect(all.create).toHaveBeenCalledWith(['i1']);
    expect(all.go).toHaveBeenCalledWith('https://here/download/t');
    expect(waiting).not.toHaveBeenCalled();
  });
  it('waits as long as it is told while the ZIP is put together', async () => {
    const all = parts([{ status: 202, after: 2 }, { status: 202, after: 600 }, { status: 0 }]);
    const waiting = vi.fn();
    await download(all, null, waiting);
    expect(all.slept).toEqual([2000, 20_000]);
    expect(waiting).toHaveBeenCalledTimes(2);
    expect(all.go).toHaveBeenCalledTimes(1);
  });
  it('says that it is closed', async () => {
    const all = parts([{ status: 403 }]);
    await expect(download(all, null, () => {})).rejects.toThrow('This download is closed');
    expect(all.go).not.toHaveBeenCalled();
  });
  it('gives up after some failures, and at last', async () => {
    await expect(download(parts(Array(9).fill({ status: 503 })), null, () => {})).rejects.toThrow(
      'The download does not start',
    );
    await expect(
      download(parts(Array(999).fill({ status: 202, after: 20 })), null, () => {}),
    ).rejects.toThrow('still being put together');
  });
});

describe('what is wished for', () => {
  it.each([
    [1, 'Keep every line'],
    [0.9, 'Keep every line'],
    [0.75, 'Gentle'],
    [USUAL_FIDELITY, 'Balanced'],
    [0.35, 'Thorough'],
    [0, 'Make it new'],
  ])('%d is “%s”', (fidelity, name) => expect(amountOf(fidelity).name).toBe(name));
  it('sizes have names', () =>
    expect([1, 2, 4].map(sizeName)).toEqual(['Same size', '2× larger', '4× larger']));
});

describe('columns', () => {
  it.each([
    [1, 1200, 1],
    [3, 1200, 2],
    [9, 1200, 3],
    [9, 2400, 4],
    [9, 390, 1],
    [0, 0, 1],
  ])('%i photos on %i px are %i', (photos, width, columns) =>
    expect(columnsFor(photos, width)).toBe(columns),
  );
  it('are of about the same height, and nothing is lost', () => {
    expect(inColumns([3, 1, 1, 1, 2], 2, (height) => height)).toEqual([
      [3, 2],
      [1, 1, 1],
    ]);
    expect(inColumns([1, 2], 1, (height) => height)).toEqual([[1, 2]]);
    expect(inColumns([], 0, () => 1)).toEqual([[]]);
  });
});

describe('what went wrong', () => {
  const problem = (status: number, retryAfter?: number) =>
    explained(new Problem({ status, title: 'Raw', detail: 'raw', retryAfter, requestId: 'r1' }));

  it.each([
    [402, 'Your credits do not cover this order'],
    [429, 'Too many tries'],
    [502, 'The payment page cannot be opened just now'],
    [409, 'Raw'],
  ])('%i says what to do', (status, title) => {
    expect(problem(status).title).toBe(title);
    expect(problem(status)).toMatchObject({ status, requestId: 'r1' });
  });
  it('a wait that is short is told in seconds', () => {
    expect(problem(429, 7.2).detail).toContain('in 8 seconds');
    expect(problem(429).detail).toContain('in a few minutes');
  });
});
