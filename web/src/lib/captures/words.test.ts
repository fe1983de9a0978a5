import { describe, expect, it } from 'vitest';
import {
  adviceOf,
  earnedOf,
  nowOf,
  placeOf,
  reasonOf,
  stateOf,
  stockOf,
  titleOf,
  type Capture,
  type Device,
} from './words';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const device = (more: Partial<Device> = {}): Device => ({
  id: '1',
  name: 'Desk',
  online: true,
  paired: true,
  paired_at: '2026-11-01T12:00:00Z',
  paused: false,
  last_seen_at: '2026-11-26T11:59:50Z',
  last_image: null,
  cameras: [],
  queued: 0,
  disk_free: null,
  agent_version: null,
  platform: null,
  created_at: '2026-11-26T11:00:00Z',
  ...more,
});

describe('a capture', () => {
  it.each([
    ['requested', 0, 'Telling Desk.'],
    ['dispatched', 1, 'Desk has been told and takes the photo.'],
    ['uploading', 2, 'The photo is taken and on its way.'],
    ['completed', 3, 'The photo is here.'],
    ['failed', -1, 'The photo could not be taken.'],
    ['expired', -1, 'Desk did not come for it in time.'],
  ] as const)('that is %s', (status, place, words) => {
    expect(placeOf({ status })).toBe(place);
    expect(nowOf({ status, error: null }, 'Desk')).toBe(words);
  });
  it('says the reason that came, as a sentence, and what to do', () => {
    expect(nowOf({ status: 'failed', error: 'the camera is in use' }, 'Desk')).toBe('The camera is in use.');
    expect(adviceOf({ status: 'failed', error: 'no space left on disk' })).toContain('Make room');
    expect(adviceOf({ status: 'expired', error: null })).toContain('computer is on');
  });
  it('waits for a camera that is away', () =>
    expect(nowOf({ status: 'requested', error: null }, 'Desk', false)).toContain('back online'));
});

describe('a camera', () => {
  it.each([
    [device(), 'Online'],
    [device({ paired: false, online: false }), 'Not paired yet'],
    [device({ paused: true }), 'Paused: takes no photos'],
    [device({ online: false, last_seen_at: null }), 'Offline: not heard of yet'],
    [device({ online: false, last_seen_at: '2026-11-26T09:00:00Z' }), 'Offline, last heard of 3 hours ago'],
  ])('%#', (it, word) => expect(stateOf(it, NOW).word).toBe(word));
  it('says what waits and what room there is', () =>
    expect(stockOf(device({ queued: 3, disk_free: 12_000_000_000 }))).toEqual([
      '3 photos to bring',
      '12.0 GB free',
    ]));
});

describe('money', () => {
  const entry = { kind: 'capture', amount_cents: 0 } as const;
  it('says why a photo earned nothing', () => {
    expect(titleOf(entry)).toBe('Photo from a camera, kept unpaid');
    expect(titleOf({ kind: 'capture', amount_cents: 50 }, 'Desk')).toBe('Photo from Desk');
    expect(reasonOf({ ...entry, reason: 'near-duplicate: it shows the same as your photo of 9:10' })).toBe(
      'It shows the same as your photo of 9:10.',
    );
    expect(reasonOf({ ...entry, reason: 'daily cap: 48 photos of one camera are paid for a day' })).toContain(
      '48 photos of one camera are paid for a day. From midnight',
    );
    expect(reasonOf({ ...entry, reason: 'near-duplicate of a photo' })).toContain(
      'Near-duplicate of a photo.',
    );
    expect(reasonOf({ kind: 'adjustment', amount_cents: 500, reason: 'thank you' })).toBe('Thank you.');
  });
  it('of a photo', () => {
    const capture = { earned_cents: 50, earned_reason: null, currency: 'usd' } as Capture;
    expect(earnedOf(capture)).toBe('Earned $0.50');
    expect(earnedOf({ ...capture, earned_cents: null })).toBeNull();
  });
});
