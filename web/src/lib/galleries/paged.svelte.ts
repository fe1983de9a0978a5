/** A list that comes page by page. What is known is shown at once; what is new takes its place when it has come. */
import { toProblem, type Problem } from '../api/problem';
import { joined, without } from './order';

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export class Paged<T extends { id: string }> {
  items = $state.raw<T[]>([]);
  loaded = $state(false);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  cursor = $state<string | null>(null);
  #newest = 0;
  readonly #fetch: (cursor: string | null) => Promise<Page<T>>;

  constructor(fetch: (cursor: string | null) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  get ended(): boolean {
    return this.loaded && this.cursor === null;
  }

  /** Everything anew: what is known may be shown no longer, as its addresses have ended. */
  renew(): Promise<void> {
    return this.#ask(null, (page) => {
      this.items = page.items;
      this.cursor = page.next_cursor;
      this.loaded = true;
    });
  }

  /** The first page anew. Where it begins as before, everything behind it stays: so does the place one had scrolled to. */
  load(): Promise<void> {
    return this.#ask(null, (page) => {
      const begins = this.items.slice(0, page.items.length);
      const same =
        page.next_cursor !== null && // else this page is the whole list
        begins.length === page.items.length &&
        begins.every(({ id }, at) => id === page.items[at]?.id);
      const behind = same ? this.items.slice(page.items.length) : [];
      this.items = [...page.items, ...behind];
      if (behind.length === 0) this.cursor = page.next_cursor;
      this.loaded = true;
    });
  }

  /** The next page, once, however often it is asked for meanwhile. */
  async more(): Promise<void> {
    if (this.busy || this.cursor === null) return;
    const cursor = this.cursor;
    await this.#ask(cursor, (page) => {
      this.items = joined(this.items, page.items);
      this.cursor = page.next_cursor;
    });
  }

  /** Every page; throws where one cannot be had, since half a list would be taken for the whole. */
  async all(): Promise<T[]> {
    if (!this.loaded) await this.load();
    while (this.cursor !== null) {
      const before = this.cursor;
      await this.more();
      if (this.problem) throw this.problem;
      if (this.cursor === before) await new Promise((resolve) => setTimeout(resolve, 30)); // on its way already
    }
    if (this.problem) throw this.problem;
    return this.items;
  }

  put(item: T): void {
    this.items = this.items.map((known) => (known.id === item.id ? item : known));
  }

  add(item: T): void {
    this.items = [item, ...this.items.filter(({ id }) => id !== item.id)];
  }

  remove(ids: ReadonlySet<string>): void {
    this.items = without(this.items, ids);
  }

  async #ask(cursor: string | null, take: (page: Page<T>) => void): Promise<void> {
    const mine = ++this.#newest;
    this.busy = true;
    try {
      const page = await this.#fetch(cursor);
      if (mine !== this.#newest) return;
      take(page);
      this.problem = null;
    } catch (error) {
      if (mine === this.#newest) this.problem = toProblem(error);
    } finally {
      if (mine === this.#newest) this.busy = false;
    }
  }
}
