/** The photos that were asked for by hand, from the question until they are seen. They outlive the page. */
import { api, ok, once } from '../api/client';
import { Problem } from '../api/problem';
import { session } from '../auth/session.svelte';
import { ended, placeOf, type Capture } from './words';

/** An older one that nobody saw end is no news. */
const NEWS_MS = 15 * 60_000;

class Asked {
  #lists = $state.raw<Record<string, Capture[]>>({});

  /** The newest of a camera. */
  of(device_id: string): Capture | null {
    return this.#mine().find((capture) => capture.device_id === device_id) ?? null;
  }

  async ask(device_id: string, whenOnline: boolean): Promise<void> {
    const body = { device_id, when_online: whenOnline };
    const { id, status } = await ok(api.POST('/api/v1/captures', { body, ...once() }));
    if (this.#mine().some((known) => known.id === id)) return; // its news were faster
    this.#put({
      id,
      device_id,
      schedule_id: null,
      due_at: null,
      status,
      requested_at: new Date().toISOString(),
      taken_at: null,
      completed_at: null,
      image: null,
      earned_cents: null,
      earned_reason: null,
      currency: 'usd',
      error: null,
    });
  }

  hear(capture: Capture): void {
    if (capture.schedule_id !== null) return;
    const known = this.#mine().find(({ id }) => id === capture.id);
    if (!known && ended(capture)) return; // of another page, or an old one
    if (
      known &&
      (ended(known) ? !ended(capture) : placeOf(capture) >= 0 && placeOf(capture) < placeOf(known))
    )
      return;
    this.#put(capture);
  }

  /** It waits for a camera that is away, and is not wanted any more. */
  async takeBack(id: string): Promise<void> {
    await ok(api.POST('/api/v1/captures/{capture_id}/cancel', { params: { path: { capture_id: id } } }));
    this.forget(id);
  }

  forget(id: string): void {
    this.#lists = { [this.#owner]: this.#mine().filter((capture) => capture.id !== id) };
  }

  /** After a lost connection, and when the page opens: what is under way, here or in another window. */
  async refresh(): Promise<void> {
    const open = this.#mine().filter((capture) => !ended(capture));
    for (const { id } of open) {
      try {
        this.hear(
          await ok(api.GET('/api/v1/captures/{capture_id}', { params: { path: { capture_id: id } } })),
        );
      } catch (error) {
        if (error instanceof Problem && error.status === 404) this.forget(id);
      }
    }
    try {
      const from = new Date(Date.now() - NEWS_MS).toISOString();
      const { items } = await ok(api.GET('/api/v1/captures', { params: { query: { from, limit: 20 } } }));
      items.forEach((capture) => this.hear(capture));
    } catch {
      // The page says by itself when the API cannot be reached.
    }
  }

  get #owner(): string {
    return session.person?.id ?? '';
  }

  #mine(): Capture[] {
    return this.#lists[this.#owner] ?? [];
  }

  #put(capture: Capture): void {
    const all = [capture, ...this.#mine().filter(({ id }) => id !== capture.id)]
      .sort((a, b) => b.requested_at.localeCompare(a.requested_at))
      .slice(0, 20);
    this.#lists = { [this.#owner]: all };
  }
}

export const asked = new Asked();
