/** Captures, cameras and what they earn, in a person's words. */
import type { Schemas } from '../api/client';
import type { IconName } from '../ui/icons';
import { ago, bytes, money, plural } from '../ui/format';

export type Capture = Schemas['Capture'];
export type Device = Schemas['Device'];
export type Entry = Schemas['LedgerEntry'];

/** The way of a photo, as steps that one can see it take. */
export const STEPS = ['Asked for', 'Sent to the camera', 'On its way', 'Here'] as const;

const places: Record<Capture['status'], number> = {
  requested: 0,
  dispatched: 1,
  uploading: 2,
  completed: 3,
  failed: -1,
  expired: -1,
};

/** How far it has come: the place in `STEPS`; -1 when it will not come. */
export const placeOf = ({ status }: Pick<Capture, 'status'>): number => places[status];
export const ended = ({ status }: Pick<Capture, 'status'>): boolean =>
  status === 'completed' || status === 'failed' || status === 'expired';

/** What happens with it just now. */
export function nowOf(capture: Pick<Capture, 'status' | 'error'>, camera: string, online = true): string {
  switch (capture.status) {
    case 'requested':
      return online ? `Telling ${camera}.` : `${camera} takes it when it is back online.`;
    case 'dispatched':
      return `${camera} has been told and takes the photo.`;
    case 'uploading':
      return 'The photo is taken and on its way.';
    case 'completed':
      return 'The photo is here.';
    case 'failed':
      return sentence(capture.error ?? 'The photo could not be taken.');
    case 'expired':
      return sentence(capture.error ?? `${camera} did not come for it in time.`);
  }
}

/** What to do about one that will not come. */
export function adviceOf({ status, error }: Pick<Capture, 'status' | 'error'>): string {
  if (status === 'expired')
    return 'See whether the camera’s computer is on and has a network, then ask again.';
  if (/paus/i.test(error ?? '')) return 'Let the camera take photos again, then ask for another.';
  if (/disk|space|full/i.test(error ?? '')) return 'Make room on the camera’s computer, then ask again.';
  return 'See whether it is plugged in and no other program uses it, then ask again.';
}

const sentence = (text: string): string => {
  const whole = text.trim();
  const begun = whole.charAt(0).toUpperCase() + whole.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};

export interface DeviceState {
  icon: IconName;
  word: string;
  kind: 'good' | 'soft' | 'warn';
}

export function stateOf(device: Device, now = Date.now()): DeviceState {
  if (!device.paired) return { icon: 'waiting', word: 'Not paired yet', kind: 'soft' };
  if (device.paused) return { icon: 'pause', word: 'Paused: takes no photos', kind: 'warn' };
  if (device.online) return { icon: 'done', word: 'Online', kind: 'good' };
  if (device.last_seen_at === null)
    return { icon: 'offline', word: 'Offline: not heard of yet', kind: 'soft' };
  return { icon: 'offline', word: `Offline, last heard of ${ago(device.last_seen_at, now)}`, kind: 'soft' };
}

/** Whether a photo can be asked of it at once. */
export const ready = ({ paired, paused, online }: Device): boolean => paired && !paused && online;

/** What waits on it and how much room it has; nothing that is not known. */
export function stockOf({ queued, disk_free }: Device): string[] {
  return [
    ...(queued ? [`${plural(queued, 'photo')} to bring`] : []),
    ...(disk_free === null ? [] : [`${bytes(disk_free)} free`]),
  ];
}

const kinds: Record<Exclude<Entry['kind'], 'capture'>, string> = {
  hold: 'Set aside for an order',
  release: 'Order cancelled, credits back',
  restoration: 'Restoration',
  refund: 'Refund',
  adjustment: 'Adjustment',
};

export function titleOf(entry: Pick<Entry, 'kind' | 'amount_cents'>, camera = 'a camera'): string {
  if (entry.kind !== 'capture') return kinds[entry.kind];
  return entry.amount_cents === 0 ? `Photo from ${camera}, kept unpaid` : `Photo from ${camera}`;
}

/** Why a photo earned nothing, for somebody who does not know the rules; other reasons as they came. */
export function reasonOf({
  kind,
  reason,
  amount_cents,
}: Pick<Entry, 'kind' | 'reason' | 'amount_cents'>): string | null {
  if (reason === null) return null;
  if (kind !== 'capture' || amount_cents !== 0) return sentence(reason);
  const [rule = '', ...why] = reason.split(': ');
  const said = sentence(why.length > 0 ? why.join(': ') : reason);
  if (/duplicate/i.test(rule)) return said;
  if (/cap\b/i.test(rule)) return `${said} From midnight (UTC) they pay again.`;
  return said;
}

/** What a photo has earned, or why nothing; null while nobody has looked. */
export function earnedOf({ earned_cents, earned_reason, currency }: Capture): string | null {
  if (earned_cents === null) return null;
  if (earned_cents > 0) return `Earned ${money(earned_cents, currency)}`;
  return reasonOf({ kind: 'capture', reason: earned_reason ?? 'It earned nothing', amount_cents: 0 });
}
