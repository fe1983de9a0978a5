/** The person's cameras, schedules and figures. Kept between pages, so that going back shows them at once. */
import { api, ok, type Schemas } from '../api/client';
import { session } from '../auth/session.svelte';
import { Paged } from '../galleries/paged.svelte';
import { Resource } from '../ui/resource.svelte';
import { followMine, soon, type Heard } from './live';

export type Schedule = Schemas['Schedule'];

const A_PAGE = 200;

const deviceList = () =>
  new Paged<Schemas['Device']>((cursor) =>
    ok(api.GET('/api/v1/devices', { params: { query: { limit: A_PAGE, ...(cursor ? { cursor } : {}) } } })),
  );

const scheduleList = () =>
  new Paged<Schedule>((cursor) =>
    ok(api.GET('/api/v1/schedules', { params: { query: { limit: A_PAGE, ...(cursor ? { cursor } : {}) } } })),
  );

const figures = () => new Resource<Schemas['Stats']>(() => ok(api.GET('/api/v1/users/me/stats')));

let owner: string | null = null;
let kept = { devices: deviceList(), schedules: scheduleList(), stats: figures() };

/** Somebody else signed in: nothing of the one before is left. */
function mine(): typeof kept {
  const now = session.person?.id ?? null;
  if (now !== owner) {
    owner = now;
    kept = { devices: deviceList(), schedules: scheduleList(), stats: figures() };
  }
  return kept;
}

export const devices = (): Paged<Schemas['Device']> => mine().devices;
export const schedules = (): Paged<Schedule> => mine().schedules;
export const stats = (): Resource<Schemas['Stats']> => mine().stats;

/** Cameras and figures move by themselves while this is followed; what else is heard is handed on. */
export function follow(heard: Partial<Heard> = {}): () => void {
  const { devices, stats } = mine();
  const recount = soon(() => void stats.load());
  void devices.load();
  void stats.load();
  const stop = followMine({
    capture: (capture) => {
      heard.capture?.(capture);
      if (capture.status === 'completed') recount.call();
      const { image, taken_at } = capture;
      const device = devices.items.find(({ id }) => id === capture.device_id);
      if (device && image && taken_at && taken_at >= (device.last_image?.taken_at ?? ''))
        devices.put({ ...device, last_image: { ...image, taken_at } });
    },
    paid: (paid) => {
      if (stats.value) {
        const { balance_cents, available_credits_cents, entry } = paid;
        const earned_today_cents = stats.value.earned_today_cents + entry.amount_cents;
        stats.value = { ...stats.value, balance_cents, available_credits_cents, earned_today_cents };
      }
      heard.paid?.(paid);
      recount.call();
    },
    device: (device) => {
      if (devices.items.some(({ id }) => id === device.id)) devices.put(device);
      else void devices.load();
      heard.device?.(device);
    },
    again: () => {
      void devices.load();
      void stats.load();
      heard.again?.();
    },
  });
  return () => {
    recount.stop();
    stop();
  };
}

/** What a camera is called; a removed one is still spoken of. */
export function nameOf(device_id: string): string {
  const { devices } = mine();
  const found = devices.items.find(({ id }) => id === device_id);
  return found?.name ?? (devices.loaded ? 'a removed camera' : 'a camera');
}
