/** One album on its page: what is shown changes at once, the API is told, and the toast leads back. */
import type { Schemas } from '../api/client';
import { toasts } from '../shell/toasts.svelte';
import { plural } from '../ui/format';
import * as changes from './changes';
import { albums, forgetPhotos, type Album } from './library.svelte';
import { joined, moved, without } from './order';
import { Paged } from './paged.svelte';

export type AlbumImage = Schemas['AlbumImage'];

const path = (url: string | null) => url?.split('?')[0];

export class OpenAlbum {
  album = $state.raw<Album | null>(null);
  readonly list: Paged<AlbumImage>;
  readonly id: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(id: string) {
    this.id = id;
    this.list = new Paged<AlbumImage>(async (cursor) => {
      if (cursor !== null) return changes.albumImages(id, cursor);
      const album = await changes.readAlbum(id);
      this.#keep(album);
      return { items: album.images, next_cursor: album.images_next_cursor };
    });
    // Come from the list of albums, it is there at once.
    const known = albums().items.find((album) => album.id === id);
    if (!known) return;
    this.album = known;
    this.list.items = known.images;
    this.list.cursor = known.images_next_cursor;
    this.list.loaded = true;
  }

  /** The photo on its cover, if it is among those that have come. */
  get cover(): AlbumImage | undefined {
    return this.list.items.find(({ url }) => path(url) === path(this.album?.cover_url ?? null));
  }

  change(to: Schemas['AlbumChange'], words: string): Promise<void> {
    const before = this.album;
    if (!before) return Promise.resolve();
    const back: Schemas['AlbumChange'] =
      'cover_image_id' in to
        ? { cover_image_id: this.cover?.id ?? null }
        : { title: before.title, theme_description: before.theme_description };
    this.album = { ...before, ...(to.title ? { title: to.title } : {}), ...described(to) };
    return this.#attempt(
      async () => this.#keep(await changes.changeAlbum(this.id, to)),
      () => (this.album = before),
      words,
      async () => this.#keep(await changes.changeAlbum(this.id, back)),
    );
  }

  /** Shown in the new order already where it was carried there by hand. */
  async reorder(ids: ReadonlySet<string>, place: number, from = this.list.items): Promise<void> {
    const to = moved(this.list.items, ids, place);
    this.list.items = to;
    await this.saveOrder(from);
  }

  async saveOrder(from: AlbumImage[]): Promise<void> {
    const now = this.list.items;
    if (now.every(({ id }, at) => id === from[at]?.id)) return;
    await this.#set(now, from, 'The order is changed');
  }

  takeOut(ids: ReadonlySet<string>): Promise<void> {
    const from = this.list.items;
    return this.#set(without(from, ids), from, `${plural(ids.size, 'photo')} taken out of this album`);
  }

  moveTo(target: Album, ids: ReadonlySet<string>): Promise<void> {
    return this.#leave(ids, `${plural(ids.size, 'photo')} moved to “${target.title}”`, (chosen) =>
      changes.moveInto(target.id, chosen, [this.id]),
    );
  }

  moveToNew(title: string, ids: ReadonlySet<string>): Promise<void> {
    return this.#leave(ids, `“${title}” is made`, (chosen) => changes.newAlbum(title, chosen, [this.id]));
  }

  trash(ids: ReadonlySet<string>): Promise<void> {
    const from = this.list.items;
    this.#show(without(from, ids));
    return this.#attempt(
      async () => {
        await changes.trash(ids);
        forgetPhotos(ids);
        await this.#refresh();
      },
      () => this.#show(from),
      `${plural(ids.size, 'photo')} moved to the trash`,
      async () => {
        await changes.restore(ids);
        this.#show(joined(from, this.list.items));
        await this.#refresh();
      },
    );
  }

  async merge(other: Album): Promise<void> {
    await this.#attempt(async () => {
      this.#keep(await changes.mergeAlbums(this.id, other.id));
      await Promise.all([this.list.load(), albums().load()]);
      toasts.say(`“${other.title}” is part of this album now`);
    });
  }

  shared(share: Album['share']): void {
    if (this.album) this.#keep({ ...this.album, share });
  }

  #show(photos: AlbumImage[]): void {
    const by = photos.length - this.list.items.length;
    this.list.items = photos;
    if (this.album) this.album = { ...this.album, image_count: this.album.image_count + by };
  }

  /** The full list is what the API takes, so what has not come yet is fetched first. */
  #set(to: AlbumImage[], from: AlbumImage[], words: string): Promise<void> {
    const save = async () => {
      const ids = (await this.list.all()).map(({ id }) => id);
      this.#keep(await changes.setImages(this.id, ids));
    };
    this.#show(to);
    return this.#attempt(
      save,
      () => this.#show(from),
      words,
      async () => {
        this.#show(joined(from, this.list.items)); // what came behind meanwhile stays behind
        await save();
      },
    );
  }

  #leave(
    ids: ReadonlySet<string>,
    words: string,
    act: (ids: string[]) => Promise<changes.Done>,
  ): Promise<void> {
    const from = this.list.items;
    const chosen = from.filter(({ id }) => ids.has(id)).map(({ id }) => id);
    let undo: changes.Done['undo'] = null;
    this.#show(without(from, ids));
    return this.#attempt(
      async () => {
        const done = await act(chosen);
        undo = done.undo;
        await Promise.all([this.#refresh(), albums().load()]);
      },
      () => this.#show(from),
      words,
      async () => {
        await undo?.();
        this.#show(joined(from, this.list.items));
        await Promise.all([this.#refresh(), albums().load()]);
      },
    );
  }

  /** One after another, as each builds on the one before. */
  #attempt(
    act: () => Promise<unknown>,
    putBack?: () => void,
    words?: string,
    undo?: () => Promise<unknown>,
  ): Promise<void> {
    const mine = this.#last.then(async () => {
      try {
        await act();
        if (!words) return;
        const again = () => void this.#attempt(undo ?? (async () => {}));
        toasts.say(words, undo ? { action: { label: 'Undo', act: again } } : {});
      } catch (error) {
        putBack?.();
        toasts.problem(error);
      }
    });
    this.#last = mine;
    return mine;
  }

  async #refresh(): Promise<void> {
    this.#keep(await changes.readAlbum(this.id));
  }

  #keep(album: Album): void {
    this.album = album;
    albums().put(album);
  }
}

const described = ({ theme_description }: Schemas['AlbumChange']) =>
  typeof theme_description === 'string' ? { theme_description } : {};
