/** Something fetched for a page: what is known, whether it is being asked for, and what went wrong. */
import { toProblem, type Problem } from '../api/problem';

export class Resource<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  #newest = 0;
  readonly #fetch: () => Promise<T>;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Answers overtake each other; only the newest question's counts. */
  async load(): Promise<void> {
    const mine = ++this.#newest;
    this.busy = true;
    try {
      const value = await this.#fetch();
      if (mine === this.#newest) {
        this.value = value;
        this.problem = null;
      }
    } catch (error) {
      if (mine === this.#newest) this.problem = toProblem(error);
    } finally {
      if (mine === this.#newest) this.busy = false;
    }
  }
}
