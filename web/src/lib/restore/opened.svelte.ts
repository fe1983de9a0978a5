/** One order, for whoever may see it: by a token from its link, by one that this browser keeps, or as its owner. */
import { Problem, toProblem } from '../api/problem';
import { session } from '../auth/session.svelte';
import { after, live, liveOf } from '../realtime/index.svelte';
import * as calls from './calls';
import { browserParts, follow } from './follow';
import { kept } from './kept';
import { applied, isNews, moves, needsReading, type Order } from './order';

const SOON_MS = 150;

export class OpenedOrder {
  readonly id: string;
  token = $state<string | null>(null);
  order = $state.raw<Order | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The live connection is gone, and the page asks by itself. */
  lost = $state(false);
  #newest = 0;
  #cancelSoon: (() => void) | null = null;

  constructor(id: string) {
    this.id = id;
    this.token = kept.orderToken(id);
  }

  /** Somebody came by a link: its token is kept, and is the one that counts. */
  cameWith(token: string): void {
    this.token = token;
    kept.keepOrder(this.id, token);
  }

  async load(): Promise<void> {
    const mine = ++this.#newest;
    try {
      const order = await this.#read();
      if (mine !== this.#newest) return;
      this.order = order;
      this.problem = null;
    } catch (error) {
      if (mine !== this.#newest) return;
      const problem = toProblem(error);
      if (this.order === null || !problem.passing) this.problem = problem;
    }
  }

  async #read(): Promise<Order> {
    if (this.token !== null) {
      try {
        return await calls.readOrder(this.id, this.token);
      } catch (error) {
        const refused = error instanceof Problem && (error.status === 401 || error.status === 404);
        if (!refused) throw error;
        // The token opens nothing any more. Its owner needs none.
        if (session.standing !== 'signed-in') throw error;
        const order = await calls.readOrder(this.id, null);
        kept.forgetOrder(this.id);
        this.token = null;
        return order;
      }
    }
    if (session.standing !== 'signed-in')
      throw new Problem({ status: 404, title: 'Not found', detail: 'Nothing here opens this order.' });
    return calls.readOrder(this.id, null);
  }

  /** Moves by itself while somebody looks; answers how to stop. */
  watch(): () => void {
    const { person } = session;
    const own = this.token === null ? null : liveOf(this.token);
    const link = own ?? live;
    if (!own && !person) return () => {};
    const stop = follow({
      ...browserParts,
      topic: own ? `order:${this.id}` : `user:${person?.id ?? ''}`,
      listen: (topic, listener) => link.realtime.listen(topic, listener),
      onLink: (heard) => link.onLink(heard),
      after,
      event: (type, data) => {
        if (!own && type !== 'order.updated') return;
        this.#hear(data);
      },
      again: () => void this.load(),
      open: () => this.order === null || moves(this.order),
    });
    const unlink = link.onLink((state) => (this.lost = own !== null && state === 'lost'));
    return () => {
      stop();
      unlink();
      own?.end();
      this.#cancelSoon?.();
      this.#cancelSoon = null;
    };
  }

  #hear(data: unknown): void {
    if (!this.order || !isNews(data)) return this.#loadSoon();
    if (data.id !== this.id) return;
    const before = this.order;
    this.order = applied(before, data);
    if (needsReading(before, this.order)) this.#loadSoon();
  }

  #loadSoon(): void {
    this.#cancelSoon ??= after(SOON_MS, () => {
      this.#cancelSoon = null;
      void this.load();
    });
  }
}
