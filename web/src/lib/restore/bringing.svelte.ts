/**
 * The old photos of one visitor, from the files in their hands to an order. It survives reloads and other pages: the
 * session and its token are kept in the browser, and what the API knows of it is read again.
 */
import { Problem, toProblem } from '../api/problem';
import { after, liveOf, type LiveLink } from '../realtime/index.svelte';
import { plural } from '../ui/format';
import { Resource } from '../ui/resource.svelte';
import { putFile } from '../upload/put';
import { Uploader, type Announcement, type Slot } from '../upload/uploader';
import * as calls from './calls';
import { browserParts, follow } from './follow';
import { kept, type KeptUpload } from './kept';
import { sameFile, shown, tally, type OldPhoto, type Row } from './photos';

export const MOST = 50;
const SOON_MS = 250;
const HERE = ''; // the address of bytes that have arrived already

export type Notice = 'expired' | 'elsewhere' | null;

function online(): Promise<void> {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve) => addEventListener('online', () => resolve(), { once: true }));
}

class Bringing {
  photos = $state.raw<OldPhoto[]>([]);
  upload = $state.raw<KeptUpload | null>(null);
  /** What was kept has been read; before, nobody knows whether there is anything. */
  known = $state(false);
  notice = $state<Notice>(null);
  /** The order that the photos went into when they were here last. */
  finished = $state<string | null>(null);
  /** About the last files that were chosen: those that were not taken, and why. */
  left = $state<string | null>(null);
  /** Reading the session failed, and its photos are not shown. */
  problem = $state.raw<Problem | null>(null);
  /** For those who listen: what has ended, not each step. */
  said = $state('');
  readonly offer = new Resource(calls.getOffer);
  readonly count = $derived(tally(this.photos));

  #rows: Row[] = [];
  #uploader = this.#newUploader();
  #gone = new Set<number>(); // left out, by their uploads' ids
  #removed = new Set<string>(); // and by the API's
  #readAt = Date.now();
  #drawn = false;
  #newest = 0;
  #due = false;
  #live: { token: string; link: LiveLink } | null = null;

  #newUploader(): Uploader {
    return new Uploader({
      announce: (files, ids) => this.#announce(files, ids),
      put: (slot, file, progress, signal) =>
        slot.url === HERE ? Promise.resolve(412) : putFile(slot, file, progress, signal),
      passing: (error) => {
        const problem = toProblem(error);
        return problem.passing ? { after: problem.retryAfter ?? 0 } : null;
      },
      online,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
      now: Date.now,
      changed: () => this.#redraw(),
    });
  }

  get sending(): boolean {
    return this.photos.some(({ state }) => state === 'waiting' || state === 'sending');
  }

  /** What this browser knows from before, put right by what the API says. `wanted` is the session of the address. */
  async resume(wanted: string | null): Promise<void> {
    this.upload ??= kept.upload;
    if (!this.offer.value) void this.offer.load();
    if (wanted !== null && wanted !== this.upload?.id && this.photos.length === 0) this.notice = 'elsewhere';
    if (this.upload) await this.read();
    await this.#finish();
    this.known = true;
  }

  /** Paid already: the page begins anew, and says where those photos are. */
  async #finish(): Promise<void> {
    const orderId = this.upload?.orderId;
    const token = orderId ? kept.orderToken(orderId) : null;
    if (!orderId || token === null) return;
    const order = await calls.readOrder(orderId, token).catch(() => null);
    if (!order || order.status === 'pending_payment') return;
    this.forget();
    this.finished = orderId;
  }

  /** Moves by itself while somebody looks; answers how to stop. */
  watch(): () => void {
    let stop: () => void = () => {};
    let listened: string | null = null;
    const listen = () => {
      if ((this.upload?.id ?? null) === listened) return;
      stop();
      stop = () => {};
      listened = this.upload?.id ?? null;
      if (!this.upload) return;
      const { id, token } = this.upload;
      if (this.#live?.token !== token) {
        this.#live?.link.end();
        this.#live = { token, link: liveOf(token) };
      }
      const { link } = this.#live;
      stop = follow({
        ...browserParts,
        topic: `upload:${id}`,
        listen: (topic, listener) => link.realtime.listen(topic, listener),
        onLink: (heard) => link.onLink(heard),
        after,
        event: () => this.#readSoon(),
        again: () => void this.read(),
        open: () => this.photos.some(({ state }) => state === 'looking' || state === 'lost'),
      });
    };
    const effects = $effect.root(() => {
      $effect(listen);
    });
    return () => {
      effects();
      stop();
    };
  }

  async read(): Promise<void> {
    const { upload } = this;
    if (!upload) return;
    const mine = ++this.#newest;
    try {
      const session = await calls.readUpload(upload.id, upload.token);
      if (mine !== this.#newest || this.upload?.id !== upload.id) return;
      this.problem = null;
      this.#take(session);
    } catch (error) {
      if (mine !== this.#newest || this.upload?.id !== upload.id) return;
      const problem = toProblem(error);
      if ([401, 404, 410].includes(problem.status)) this.#lost();
      else if (this.photos.length === 0) this.problem = problem;
    }
  }

  async add(files: Iterable<File>): Promise<void> {
    const here = this.#rows.flatMap(({ upload }) =>
      upload && upload.state !== 'refused' ? [upload.file] : [],
    );
    const all = [...files];
    const news = all.filter((file) => !here.some((known) => sameFile(known, file)));
    const room = Math.max(0, (this.offer.value?.max_files ?? MOST) - this.photos.filter(taken).length);
    this.notice = null;
    this.finished = null;
    this.left = leftOut(
      all.length - news.length,
      Math.max(0, news.length - room),
      this.offer.value?.max_files,
    );
    await this.#uploader.add(news.slice(0, room));
  }

  retry(key: string): void {
    const row = this.#row(key);
    if (row?.upload) this.#uploader.retry(row.upload.id);
  }

  /** Leaves a photo out. It is gone from the page at once; the API is told, and a page that comes back agrees. */
  async remove(key: string): Promise<void> {
    const row = this.#row(key);
    if (!row) return;
    const at = this.#rows.indexOf(row);
    this.#rows = this.#rows.filter((other) => other !== row);
    if (row.upload) {
      this.#gone.add(row.upload.id);
      this.#uploader.cancel(row.upload.id);
    }
    if (row.uploadId) this.#removed.add(row.uploadId);
    this.#draw();
    this.said = `${shown(row, 0).name} left out`;
    try {
      if (row.uploadId && this.upload)
        await calls.removeFile(this.upload.id, this.upload.token, row.uploadId);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 404) return;
      if (row.upload) this.#gone.delete(row.upload.id);
      if (row.uploadId) this.#removed.delete(row.uploadId);
      this.#rows = this.#rows.toSpliced(at, 0, row);
      this.#draw();
      throw problem;
    }
  }

  /** An order was made of it. */
  ordered(orderId: string): void {
    if (!this.upload) return;
    this.upload = { ...this.upload, orderId };
    kept.upload = this.upload;
  }

  /** All of it away, for other photos. */
  forget(): void {
    this.#uploader.cancelAll();
    this.#uploader = this.#newUploader();
    this.#rows = [];
    this.#gone.clear();
    this.#removed.clear();
    this.upload = null;
    kept.upload = null;
    this.problem = null;
    this.left = null;
    this.#draw();
  }

  /** The day is over, or the session was never here: what is still in the person's hands is brought again. */
  #lost(): void {
    const files = this.#rows.flatMap(({ upload }) =>
      upload && upload.state !== 'refused' ? [upload.file] : [],
    );
    this.forget();
    this.notice = 'expired';
    if (files.length > 0) void this.#uploader.add(files);
  }

  async #announce(files: Announcement[], ids: number[]): Promise<Slot[]> {
    this.#adopt();
    const rows = ids.map((id) => this.#rows.find(({ upload }) => upload?.id === id));
    const slots: Record<number, Slot> = {};
    const fresh = ids.filter((_, at) => !rows[at]?.uploadId);
    if (fresh.length > 0) {
      const targets = await this.#open(files.filter((_, at) => !rows[at]?.uploadId));
      fresh.forEach((id, at) => {
        const target = targets[at];
        if (target) slots[id] = this.#give(id, calls.slotOf(target));
      });
    }
    const old = ids.flatMap((id, at) => (rows[at]?.uploadId ? [[id, rows[at].uploadId] as const] : []));
    if (old.length > 0) {
      const renewed = await this.#renew(old.map(([, uploadId]) => uploadId));
      for (const [id, uploadId] of old) slots[id] = renewed[uploadId] ?? arrived(uploadId);
    }
    return ids.flatMap((id) => slots[id] ?? []);
  }

  async #open(files: Announcement[]): Promise<calls.UploadTarget[]> {
    const { upload } = this;
    if (upload) {
      try {
        return await calls.addFiles(upload.id, upload.token, files);
      } catch (error) {
        if (![401, 404, 410].includes(toProblem(error).status)) throw error;
        this.#lost();
        throw error;
      }
    }
    const opened = await calls.openUpload(files);
    this.upload = {
      id: opened.session_id,
      token: opened.session_token,
      expiresAt: opened.expires_at,
      orderId: null,
    };
    kept.upload = this.upload;
    return opened.uploads;
  }

  async #renew(uploadIds: string[]): Promise<Record<string, Slot>> {
    const { upload } = this;
    if (!upload) throw new Problem({ status: 410, title: 'Gone', detail: 'Add this photo again.' });
    try {
      const targets = await calls.renewUrls(upload.id, upload.token, uploadIds);
      return Object.fromEntries(targets.map((target) => [target.upload_id, calls.slotOf(target)]));
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status !== 409) throw error;
      if (uploadIds.length === 1) return {}; // its bytes have arrived, and only the answer was lost
      const each = await Promise.all(uploadIds.map((id) => this.#renew([id])));
      return Object.assign({}, ...each) as Record<string, Slot>;
    }
  }

  #give(id: number, slot: Slot): Slot {
    const row = this.#rows.find(({ upload }) => upload?.id === id);
    if (row) row.uploadId = slot.storage_key;
    // Left out while the address was on its way.
    else if (this.#gone.has(id) && this.upload)
      void calls.removeFile(this.upload.id, this.upload.token, slot.storage_key).catch(() => {});
    return slot;
  }

  #take(session: calls.UploadSession): void {
    const before = this.count;
    for (const file of session.files) {
      if (this.#removed.has(file.upload_id)) continue; // this answer had left before
      const row = this.#rows.find(({ uploadId }) => uploadId === file.upload_id);
      if (row) row.file = file;
      else this.#rows.push({ key: file.upload_id, uploadId: file.upload_id, upload: null, file });
    }
    if (session.order_id && this.upload) this.ordered(session.order_id);
    this.#draw();
    this.#say(before);
  }

  #say(before: ReturnType<typeof tally>): void {
    const { ready, moving, refused } = this.count;
    if (before.moving > 0 && moving === 0 && ready + refused > 0)
      this.said =
        refused > 0
          ? `${plural(ready, 'photo')} ready, ${refused} cannot be restored`
          : `${plural(ready, 'photo')} ready`;
  }

  #readSoon(): void {
    if (this.#due) return;
    this.#due = true;
    after(SOON_MS, () => {
      this.#due = false;
      void this.read();
    });
  }

  #row(key: string): Row | undefined {
    return this.#rows.find((row) => row.key === key);
  }

  /** Progress comes many times a frame; the page is drawn once. */
  #redraw(): void {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      this.#draw();
    });
  }

  #adopt(): void {
    for (const upload of this.#uploader.uploads) {
      if (this.#gone.has(upload.id) || this.#rows.some((row) => row.upload === upload)) continue;
      this.#rows.push({ key: `file-${upload.id}`, uploadId: null, upload, file: null });
    }
  }

  #draw(): void {
    this.#adopt();
    const waited = Date.now() - this.#readAt;
    this.photos = this.#rows.map((row) => shown(row, waited));
  }
}

const taken = ({ state }: OldPhoto): boolean => state !== 'refused';
const arrived = (uploadId: string): Slot => ({
  storage_key: uploadId,
  url: HERE,
  headers: {},
  expires_in: 300,
});

function leftOut(again: number, over: number, most = MOST): string | null {
  if (over > 0) return `${plural(over, 'photo')} left out: one order takes ${most}.`;
  return again > 0 ? `${plural(again, 'photo')} ${again === 1 ? 'is' : 'are'} here already.` : null;
}

export const bringing = new Bringing();
