/** Flips through pictures at a steady pace, and waits for one that has not come yet. Pure but for its clock. */
export interface Player {
  after(ms: number, act: () => void): () => void;
  now(): number;
  /** Whether the picture at a place can be shown at once; asks for it. */
  ready(at: number): boolean;
  show(at: number): void;
  ended(): void;
}

export const SPEEDS = [1, 2, 4, 8, 12, 24] as const;
const LOOK_AGAIN_MS = 40;
/** Pictures asked for before their turn. */
export const AHEAD = 8;
const PICTURES_KEPT = 64;

/** Pictures that were asked for, so that they are there when their turn comes. */
export class Pictures {
  #kept = new Map<string, HTMLImageElement>();

  get(url: string): HTMLImageElement {
    const known = this.#kept.get(url);
    if (known) return known;
    const made = new Image();
    made.src = url;
    this.#kept.set(url, made);
    if (this.#kept.size > PICTURES_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return made;
  }
}

export class Playing {
  #cancel: () => void = () => {};
  #at = 0;
  #due = 0;
  running = false;
  readonly #parts: Player;

  constructor(parts: Player) {
    this.#parts = parts;
  }

  /** From a place on; from the beginning when it is the last. */
  start(at: number, count: number, perSecond: () => number): void {
    this.stop();
    if (count < 2) return;
    this.running = true;
    this.#at = at >= count - 1 ? -1 : at;
    this.#due = this.#parts.now() + (this.#at < 0 ? 0 : 1000 / perSecond());
    const step = () => {
      const next = this.#at + 1;
      if (next >= count) {
        this.running = false;
        this.#parts.ended();
        return;
      }
      for (let ahead = next; ahead < Math.min(count, next + AHEAD); ahead += 1) this.#parts.ready(ahead);
      const now = this.#parts.now();
      if (now >= this.#due && this.#parts.ready(next)) {
        this.#at = next;
        this.#parts.show(next);
        // What came late is not made up for by a rush.
        this.#due = Math.max(this.#due, now - LOOK_AGAIN_MS) + 1000 / perSecond();
      }
      this.#cancel = this.#parts.after(Math.max(5, Math.min(LOOK_AGAIN_MS, this.#due - now)), step);
    };
    step();
  }

  stop(): void {
    this.#cancel();
    this.running = false;
  }
}
