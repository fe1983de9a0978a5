/**
 * Photos that are up become albums: at once, or when the person has said their wish. Knows no page; a photo is given
 * to one job only, and to none while its upload may still be joined by others.
 */
import type { Upload } from '../upload/uploader';

export const PHOTOS_MAX = 500;

export interface DevelopingParts {
  /** Starts a job over these storage keys. */
  start(photos: Ready[], wish: string): Promise<void>;
  failed(error: unknown): void;
  changed(): void;
}

export interface Ready {
  key: string;
  name: string;
}

export class Developing {
  /** The person is saying what they want: albums wait until they are asked for. */
  holding = false;
  starting = false;
  #ready = new Map<number, Ready>();
  #given = new Set<number>();
  #sending = false;
  #asked = false;
  #wish = '';
  readonly #parts: DevelopingParts;

  constructor(parts: DevelopingParts) {
    this.#parts = parts;
  }

  /** How many photos are up and wait to be made albums of. */
  get waiting(): number {
    return this.#ready.size;
  }

  uploadsAre(uploads: Upload[]): void {
    for (const { id, state, storageKey, file } of uploads) {
      if (state === 'done' && storageKey !== null && !this.#given.has(id))
        this.#ready.set(id, { key: storageKey, name: file.name });
    }
    this.#sending = uploads.some(({ state }) => state === 'sending' || state === 'waiting');
    this.#parts.changed();
    if (!this.holding || this.#asked) void this.#start();
  }

  hold(): void {
    this.holding = true;
    this.#parts.changed();
  }

  /** Asked for: as soon as all are up. */
  ask(wish: string): void {
    this.#wish = wish.trim();
    this.#asked = true;
    this.#parts.changed();
    void this.#start();
  }

  get asked(): boolean {
    return this.#asked;
  }

  forget(): void {
    this.#ready.clear();
    this.holding = false;
    this.#asked = false;
    this.#wish = '';
    this.#parts.changed();
  }

  async #start(): Promise<void> {
    if (this.#sending || this.starting || this.#ready.size === 0) return;
    this.starting = true;
    try {
      while (this.#ready.size > 0) {
        const some = [...this.#ready].slice(0, PHOTOS_MAX);
        this.#parts.changed();
        await this.#parts.start(
          some.map(([, photo]) => photo),
          this.#wish,
        );
        for (const [id] of some) {
          this.#given.add(id);
          this.#ready.delete(id);
        }
      }
      this.holding = false;
      this.#wish = '';
    } catch (error) {
      this.holding = true; // nothing is lost: they can be asked for again
      this.#parts.failed(error);
    } finally {
      this.starting = false;
      this.#asked = false;
      this.#parts.changed();
    }
  }
}
