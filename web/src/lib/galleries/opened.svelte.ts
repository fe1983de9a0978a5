/** The photo that the address asks for: of the list when it holds it, fetched by itself when it lies further on. */
import type { Paged } from './paged.svelte';
import type { Photo } from './photo';
import { openedPhoto } from './viewing';

interface From<T extends Photo> {
  list: () => Paged<T>;
  /** The photo that was open last is led back to. */
  closed: (id: string) => void;
  /** Asks for one that the list has not come to. */
  fetch?: (id: string) => Promise<T>;
}

export class Opened<T extends Photo> {
  #alone = $state.raw<T | null>(null);
  #last: string | null = null;
  readonly #wanted = $derived(openedPhoto());
  readonly #from: From<T>;

  constructor(from: From<T>) {
    this.#from = from;
    $effect(() => this.#follow());
  }

  get photo(): T | null {
    if (this.#wanted === null) return null;
    const listed = this.#from.list().items.find(({ id }) => id === this.#wanted);
    return listed ?? (this.#alone?.id === this.#wanted ? this.#alone : null);
  }

  #follow(): void {
    const wanted = this.#wanted;
    if (wanted === null) {
      if (this.#last !== null) this.#from.closed(this.#last);
      this.#last = null;
      return;
    }
    this.#last = wanted;
    const list = this.#from.list();
    if (this.photo !== null || !list.loaded) return;
    const { fetch } = this.#from;
    if (fetch)
      void fetch(wanted).then(
        (photo) => {
          if (wanted === openedPhoto()) this.#alone = photo; // another may be asked for meanwhile
        },
        () => {},
      );
    else if (list.cursor !== null) void list.more();
  }
}
