/** All that was asked of the cameras on one day, whole: a day is looked at from its beginning to its end. */
import { api, ok } from '../api/client';
import { toProblem, type Problem } from '../api/problem';
import { joined } from '../galleries/order';
import { dayOf, spanOf } from './days';
import type { Capture } from './words';

const A_PAGE = 200;
const KEPT = 12;

/** A photo that there is to see. */
export interface Frame extends Capture {
  image: NonNullable<Capture['image']>;
  taken_at: string;
}

export const isFrame = (capture: Capture): capture is Frame =>
  capture.status === 'completed' && capture.image !== null && capture.taken_at !== null;

const byTime = (a: Frame, b: Frame) => a.taken_at.localeCompare(b.taken_at) || a.id.localeCompare(b.id);

export class Day {
  #all = $state.raw<Capture[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  #newest = 0;

  constructor(
    readonly day: string,
    readonly camera: string | null,
  ) {}

  get frames(): Frame[] {
    return this.#all.filter(isFrame).sort(byTime);
  }

  get missed(): Capture[] {
    return this.#all
      .filter(({ status }) => status === 'failed' || status === 'expired')
      .sort((a, b) => a.requested_at.localeCompare(b.requested_at));
  }

  async load(): Promise<void> {
    const mine = ++this.#newest;
    const { from, to } = spanOf(this.day);
    let found: Capture[] = [];
    let cursor: string | null = null;
    try {
      do {
        const query = {
          from,
          to,
          limit: A_PAGE,
          ...(this.camera ? { device_id: this.camera } : {}),
          ...(cursor ? { cursor } : {}),
        };
        const page: { items: Capture[]; next_cursor: string | null } = await ok(
          api.GET('/api/v1/captures', { params: { query } }),
        );
        if (mine !== this.#newest) return;
        found = joined(found, page.items);
        cursor = page.next_cursor;
        if (!this.loaded) {
          this.#all = found; // what has come is shown while the rest comes
          this.loaded = true;
        }
      } while (cursor !== null);
      this.#all = found;
      this.problem = null;
    } catch (error) {
      if (mine === this.#newest) this.problem = toProblem(error);
    }
  }

  /** What is heard meanwhile takes its place, if it belongs here. */
  hear(capture: Capture): void {
    if (this.camera !== null && capture.device_id !== this.camera) return;
    if (dayOf(capture.requested_at) !== this.day) return;
    this.#all = [capture, ...this.#all.filter(({ id }) => id !== capture.id)];
  }
}

let days: Day[] = [];
let owner: string | null = null;

/** The days that were looked at last are shown at once; whoever opens one loads it anew. */
export function dayFor(person: string, day: string, camera: string | null): Day {
  if (person !== owner) days = [];
  owner = person;
  const same = (known: Day) => known.day === day && known.camera === camera;
  const found = days.find(same) ?? new Day(day, camera);
  days = [found, ...days.filter((known) => !same(known))].slice(0, KEPT);
  return found;
}
