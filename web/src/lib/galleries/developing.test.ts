import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Upload, UploadState } from '../upload/uploader';
import { Developing, PHOTOS_MAX } from './developing';

const start = vi.fn(async () => {});
const failed = vi.fn();
let developing: Developing;

const upload = (id: number, state: UploadState = 'done'): Upload => ({
  id,
  file: new File([], `${id}.jpg`),
  state,
  sent: 0,
  reason: null,
  storageKey: state === 'done' ? `key-${id}` : null,
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const keys = () => (start.mock.calls as unknown as [{ key: string }[], string][]).map(([all]) => all.length);

beforeEach(() => {
  start.mockReset().mockResolvedValue();
  failed.mockReset();
  developing = new Developing({ start, failed, changed: () => {} });
});

describe('photos that are up', () => {
  it('become albums when the last one is, without being asked', async () => {
    developing.uploadsAre([upload(1), upload(2, 'sending')]);
    await turn();
    expect(start).not.toHaveBeenCalled();
    expect(developing.waiting).toBe(1);
    developing.uploadsAre([upload(1), upload(2)]);
    await turn();
    expect(start).toHaveBeenCalledExactlyOnceWith(
      [
        { key: 'key-1', name: '1.jpg' },
        { key: 'key-2', name: '2.jpg' },
      ],
      '',
    );
    expect(developing.waiting).toBe(0);
  });

  it('are given to one job only, however often it is told that they are up', async () => {
    developing.uploadsAre([upload(1)]);
    developing.uploadsAre([upload(1)]);
    await turn();
    developing.uploadsAre([upload(1), upload(2)]);
    await turn();
    expect(keys()).toEqual([1, 1]);
  });

  it('are not forgotten with the list of uploads', async () => {
    developing.hold();
    developing.uploadsAre([upload(1)]);
    developing.uploadsAre([]);
    developing.ask('');
    await turn();
    expect(keys()).toEqual([1]);
  });

  it('go in parts when they are many', async () => {
    developing.uploadsAre(Array.from({ length: PHOTOS_MAX + 3 }, (_, id) => upload(id)));
    await turn();
    expect(keys()).toEqual([PHOTOS_MAX, 3]);
  });

  it('leave out what failed, which comes later with its own job', async () => {
    developing.uploadsAre([upload(1), upload(2, 'failed')]);
    await turn();
    developing.uploadsAre([upload(1), upload(2)]);
    await turn();
    expect(keys()).toEqual([1, 1]);
  });
});

describe('a wish', () => {
  it('is waited for, and goes with the photos', async () => {
    developing.hold();
    developing.uploadsAre([upload(1)]);
    await turn();
    expect(start).not.toHaveBeenCalled();
    developing.ask('  one album per person ');
    await turn();
    expect(start).toHaveBeenCalledExactlyOnceWith([{ key: 'key-1', name: '1.jpg' }], 'one album per person');
    expect(developing.holding).toBe(false);
  });

  it('said while photos are on their way holds for when they are up', async () => {
    developing.hold();
    developing.uploadsAre([upload(1, 'sending')]);
    developing.ask('by colour');
    await turn();
    expect(start).not.toHaveBeenCalled();
    expect(developing.asked).toBe(true);
    developing.uploadsAre([upload(1)]);
    await turn();
    expect(start).toHaveBeenCalledExactlyOnceWith([{ key: 'key-1', name: '1.jpg' }], 'by colour');
  });

  it('is asked for again when the job could not be started, with nothing lost', async () => {
    start.mockRejectedValueOnce(new Error('down'));
    developing.uploadsAre([upload(1)]);
    await turn();
    expect(failed).toHaveBeenCalledOnce();
    expect(developing).toMatchObject({ holding: true, waiting: 1, asked: false });
    developing.uploadsAre([upload(1)]);
    await turn();
    expect(start).toHaveBeenCalledOnce();
    developing.ask('');
    await turn();
    expect(start).toHaveBeenCalledTimes(2);
    expect(developing.waiting).toBe(0);
  });
});

it('somebody who signs out leaves nothing to the next one', async () => {
  developing.hold();
  developing.uploadsAre([upload(1)]);
  developing.forget();
  developing.ask('');
  await turn();
  expect(start).not.toHaveBeenCalled();
});
