/**
 * Sends photos straight to storage: several at a time, each tried again when the network fails it, waiting while there
 * is no network at all. Knows no page and no fetch; what it needs from them is handed in.
 */
import { look, type PhotoType } from './photo';

export type UploadState = 'waiting' | 'sending' | 'done' | 'refused' | 'failed' | 'cancelled';

export interface Upload {
  readonly id: number;
  readonly file: File;
  state: UploadState;
  sent: number;
  /** Why it was refused or failed, for the person who reads it. */
  reason: string | null;
  storageKey: string | null;
}

export interface Announcement {
  filename: string;
  content_type: string;
  size_bytes: number;
}

export interface Slot {
  storage_key: string;
  url: string;
  headers: Record<string, string>;
  expires_in: number;
}

export interface UploaderParts {
  /** `ids` are those of the uploads: one whose address grew too old is announced again. */
  announce(files: Announcement[], ids: number[]): Promise<Slot[]>;
  /** Answers the storage's status; throws when no answer came. */
  put(slot: Slot, file: File, progress: (sent: number) => void, signal: AbortSignal): Promise<number>;
  /** Whether another try with the same request makes sense, and after how many seconds at least. */
  passing(error: unknown): { after: number } | null;
  online(): Promise<void>;
  sleep(ms: number): Promise<void>;
  random(): number;
  now(): number;
  changed(): void;
}

interface Entry {
  upload: Upload;
  type: PhotoType;
  slot: { given: Slot; until: number } | null;
  stop: AbortController;
  tries: number;
}

export const PARALLEL = 4;
export const BATCH = 500;
export const TRIES = 6;
const SLOT_MARGIN_MS = 30_000;

export class Uploader {
  readonly uploads: Upload[] = [];
  #queue: Entry[] = [];
  #entries = new Map<number, Entry>();
  #active = 0;
  #announcing: Promise<void> | null = null;
  #nextId = 1;
  readonly #parts: UploaderParts;

  constructor(parts: UploaderParts) {
    this.#parts = parts;
  }

  async add(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      const seen = await look(file);
      const upload: Upload = {
        id: this.#nextId++,
        file,
        state: 'refused' in seen ? 'refused' : 'waiting',
        sent: 0,
        reason: 'refused' in seen ? seen.refused : null,
        storageKey: null,
      };
      this.uploads.push(upload);
      if ('type' in seen) {
        const entry = { upload, type: seen.type, slot: null, stop: new AbortController(), tries: 0 };
        this.#entries.set(upload.id, entry);
        this.#queue.push(entry);
      }
    }
    this.#parts.changed();
    this.#pump();
  }

  cancel(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry || (entry.upload.state !== 'waiting' && entry.upload.state !== 'sending')) return;
    this.#queue = this.#queue.filter((other) => other !== entry);
    entry.upload.state = 'cancelled';
    entry.stop.abort();
    this.#parts.changed();
  }

  cancelAll(): void {
    for (const { id } of this.uploads) this.cancel(id);
  }

  retry(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry || (entry.upload.state !== 'failed' && entry.upload.state !== 'cancelled')) return;
    Object.assign(entry, { stop: new AbortController(), tries: 0, slot: null });
    Object.assign(entry.upload, { state: 'waiting', sent: 0, reason: null });
    this.#queue.push(entry);
    this.#parts.changed();
    this.#pump();
  }

  /** Forgets what needs nothing more. */
  clearFinished(): void {
    const open = this.uploads.filter(({ state }) => state === 'waiting' || state === 'sending');
    for (const { id } of this.uploads) if (!open.some((upload) => upload.id === id)) this.#entries.delete(id);
    this.uploads.splice(0, this.uploads.length, ...open);
    this.#parts.changed();
  }

  #pump(): void {
    while (this.#active < PARALLEL) {
      const entry = this.#queue.shift();
      if (!entry) return;
      this.#active += 1;
      entry.upload.state = 'sending';
      void this.#send(entry).finally(() => {
        this.#active -= 1;
        this.#parts.changed();
        this.#pump();
      });
    }
  }

  async #send(entry: Entry): Promise<void> {
    const { upload } = entry;
    this.#parts.changed();
    while (upload.state === 'sending') {
      await this.#parts.online();
      if (entry.stop.signal.aborted) return;
      entry.tries += 1;
      const wait = await this.#try(entry);
      if (wait === null || entry.stop.signal.aborted) return;
      if (entry.tries >= TRIES)
        return this.#fail(entry, 'The connection kept failing. Try again when it is better.');
      upload.sent = 0;
      this.#parts.changed();
      await this.#parts.sleep(wait);
    }
  }

  /** One try: null when there is nothing left to do, else how many milliseconds to wait before the next. */
  async #try(entry: Entry): Promise<number | null> {
    const { upload, stop } = entry;
    const backoff = Math.min(30_000, 500 * 2 ** entry.tries) * (0.5 + this.#parts.random() / 2);
    try {
      const slot = await this.#slotFor(entry);
      if (stop.signal.aborted) return null;
      const status = await this.#parts.put(
        slot,
        upload.file,
        (sent) => {
          upload.sent = sent;
          this.#parts.changed();
        },
        stop.signal,
      );
      // 412: the key holds these bytes already. An earlier try arrived, and only its answer was lost.
      if ((status >= 200 && status < 300) || status === 412) {
        Object.assign(upload, { state: 'done', sent: upload.file.size, storageKey: slot.storage_key });
        return null;
      }
      if (status === 403)
        entry.slot = null; // the address expired while it waited; ask for a new one
      else if (status < 500 && status !== 408 && status !== 429) {
        this.#fail(entry, 'The storage refused this file. It may have changed since you chose it.');
        return null;
      }
      return backoff;
    } catch (error) {
      const again = this.#parts.passing(error);
      if (again) return Math.max(backoff, again.after * 1000);
      this.#fail(entry, error instanceof Error ? error.message : 'This file could not be sent.');
      return null;
    }
  }

  /** Addresses are asked for in batches of what waits, and asked for anew when they grew too old in the queue. */
  async #slotFor(entry: Entry): Promise<Slot> {
    for (;;) {
      if (entry.slot && entry.slot.until > this.#parts.now()) return entry.slot.given;
      if (this.#announcing) await this.#announcing.catch(() => {});
      else {
        this.#announcing = this.#announce(entry).finally(() => (this.#announcing = null));
        await this.#announcing;
      }
    }
  }

  async #announce(first: Entry): Promise<void> {
    const fresh = (entry: Entry) => entry.slot !== null && entry.slot.until > this.#parts.now();
    const waiting = [...this.#entries.values()].filter(
      (entry) => entry !== first && ['waiting', 'sending'].includes(entry.upload.state) && !fresh(entry),
    );
    const batch = [first, ...waiting].slice(0, BATCH);
    const slots = await this.#parts.announce(
      batch.map(({ upload, type }) => ({
        filename: upload.file.name.slice(0, 255),
        content_type: type,
        size_bytes: upload.file.size,
      })),
      batch.map(({ upload }) => upload.id),
    );
    batch.forEach((entry, at) => {
      const given = slots[at];
      if (!given) throw new Error('The API answered with fewer addresses than files.');
      entry.slot = { given, until: this.#parts.now() + given.expires_in * 1000 - SLOT_MARGIN_MS };
    });
  }

  #fail(entry: Entry, reason: string): void {
    Object.assign(entry.upload, { state: 'failed', reason });
  }
}
