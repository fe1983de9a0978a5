import { describe, expect, it, vi } from 'vitest';
import { LARGEST, photoType } from './photo';
import {
  BATCH,
  PARALLEL,
  TRIES,
  Uploader,
  type Announcement,
  type Slot,
  type UploaderParts,
} from './uploader';

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]);

function photo(name = 'a.jpg', bytes: Uint8Array<ArrayBuffer> = JPEG): File {
  return new File([bytes], name);
}

function photos(count: number): File[] {
  return Array.from({ length: count }, (_, at) => photo(`${at}.jpg`));
}

let keys = 0;
const slot = (): Slot => ({
  storage_key: `key-${keys++}`,
  url: 'https://storage',
  headers: {},
  expires_in: 300,
});

function parts(over: Partial<UploaderParts> = {}) {
  const sleeps: number[] = [];
  const all = {
    announce: vi.fn(async (files: Announcement[]) => files.map(slot)),
    put: vi.fn(async (_slot: Slot, file: File, progress: (sent: number) => void) => {
      progress(file.size);
      return 200;
    }),
    passing: () => ({ after: 0 }),
    online: () => Promise.resolve(),
    sleep: async (ms: number) => void sleeps.push(ms),
    random: () => 1,
    now: () => 0,
    changed: () => {},
    ...over,
  };
  return { all, sleeps };
}

const settled = (uploader: Uploader) =>
  vi.waitFor(() =>
    expect(uploader.uploads.every(({ state }) => state !== 'waiting' && state !== 'sending')).toBe(true),
  );

describe('what a file is', () => {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  it.each([
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['RIFF\0\0\0\0WEBP', 'image/webp'],
    ['\0\0\0\x18ftypheic', 'image/heic'],
    ['\0\0\0\x18ftypmif1', 'image/heif'],
    ['\0\0\0\x18ftypisom', null],
    ['RIFF\0\0\0\0WAVE', null],
    ['GIF89a', null],
    ['', null],
  ])('%j is %s', (head, type) => expect(photoType(bytes(head))).toBe(type));

  it('is said at once when it cannot be taken, and nothing is sent', async () => {
    const { all } = parts();
    const uploader = new Uploader(all);
    const large = Object.defineProperty(photo('large.jpg'), 'size', { value: LARGEST + 1 });
    await uploader.add([photo('notes.jpg', bytes('hello')), photo('empty.jpg', bytes('')), large]);
    expect(uploader.uploads.map(({ state }) => state)).toEqual(['refused', 'refused', 'refused']);
    expect(uploader.uploads[0]?.reason).toContain('not a JPEG');
    expect(uploader.uploads[1]?.reason).toContain('empty');
    expect(uploader.uploads[2]?.reason).toContain('50 MB');
    expect(all.announce).not.toHaveBeenCalled();
  });
});

describe('sending', () => {
  it('announces real types, whatever the name says', async () => {
    const { all } = parts();
    await new Uploader(all).add([photo('really.png')]);
    await vi.waitFor(() =>
      expect(all.announce).toHaveBeenCalledWith(
        [{ filename: 'really.png', content_type: 'image/jpeg', size_bytes: 8 }],
        [1],
      ),
    );
  });

  it('runs a few at a time and announces in batches', async () => {
    let active = 0;
    let most = 0;
    const { all } = parts({
      put: async () => {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, 0));
        active -= 1;
        return 200;
      },
    });
    const uploader = new Uploader(all);
    await uploader.add(photos(BATCH + 20));
    await settled(uploader);
    expect(most).toBe(PARALLEL);
    expect(vi.mocked(all.announce).mock.calls.map(([files]) => files.length)).toEqual([BATCH, 20]);
    expect(new Set(uploader.uploads.map(({ storageKey }) => storageKey)).size).toBe(BATCH + 20);
  });

  it('tries again with growing pauses, and says so when it gives up', async () => {
    const { all, sleeps } = parts({ put: async () => 500 });
    const uploader = new Uploader(all);
    await uploader.add([photo()]);
    await settled(uploader);
    expect(sleeps).toEqual([1000, 2000, 4000, 8000, 16000]);
    expect(sleeps).toHaveLength(TRIES - 1);
    expect(uploader.uploads[0]).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('connection'),
    });
  });

  it('waits at least as long as it was told to', async () => {
    let first = true;
    const { all, sleeps } = parts({
      announce: async (files) => {
        if (!first) return files.map(slot);
        first = false;
        throw new Error('429');
      },
      passing: () => ({ after: 17 }),
    });
    const uploader = new Uploader(all);
    await uploader.add([photo()]);
    await settled(uploader);
    expect(sleeps).toEqual([17_000]);
    expect(uploader.uploads[0]?.state).toBe('done');
  });

  it('an answer that was lost is found out, not sent twice', async () => {
    const statuses = [0, 412];
    const { all } = parts({
      put: async () => {
        const status = statuses.shift() ?? 200;
        if (status === 0) throw new TypeError('network');
        return status;
      },
    });
    const uploader = new Uploader(all);
    await uploader.add([photo()]);
    await settled(uploader);
    expect(uploader.uploads[0]?.state).toBe('done');
    expect(vi.mocked(all.announce)).toHaveBeenCalledOnce();
  });

  it('an address that grew old is asked for anew', async () => {
    let clock = 0;
    const statuses = [403, 200];
    const { all } = parts({ now: () => clock, put: async () => statuses.shift() ?? 200 });
    const uploader = new Uploader(all);
    await uploader.add([photo()]);
    await settled(uploader);
    expect(all.announce).toHaveBeenCalledTimes(2);
    clock = 280_000;
    await uploader.add([photo()]);
    await settled(uploader);
    expect(uploader.uploads.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('a refusal of the storage is final', async () => {
    const { all, sleeps } = parts({ put: async () => 400 });
    const uploader = new Uploader(all);
    await uploader.add([photo()]);
    await settled(uploader);
    expect(sleeps).toEqual([]);
    expect(uploader.uploads[0]?.state).toBe('failed');
  });

  it('waits without trying while there is no network', async () => {
    let back: () => void = () => {};
    const { all } = parts({ online: () => new Promise((resolve) => (back = resolve)) });
    const uploader = new Uploader(all);
    await uploader.add([photo()]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(all.announce).not.toHaveBeenCalled();
    back();
    await settled(uploader);
    expect(uploader.uploads[0]?.state).toBe('done');
  });

  it('stops what is cancelled, and starts it again when asked', async () => {
    const { all } = parts({
      put: (_slot, _file, _progress, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError'))),
        ),
    });
    const uploader = new Uploader(all);
    await uploader.add(photos(6));
    uploader.cancelAll();
    await settled(uploader);
    expect(uploader.uploads.map(({ state }) => state)).toEqual(Array(6).fill('cancelled'));
    all.put = vi.fn(async () => 200);
    uploader.retry(uploader.uploads[0]?.id ?? 0);
    await settled(uploader);
    expect(uploader.uploads[0]?.state).toBe('done');
    uploader.clearFinished();
    expect(uploader.uploads).toEqual([]);
  });
});
