/** The signed-in person's albums and photos. Kept between pages, so that going back shows them at once. */
import { api, ok, type Schemas } from '../api/client';
import { session } from '../auth/session.svelte';
import { Paged } from './paged.svelte';

export type Album = Schemas['Album'];
export type Image = Schemas['Image'];
export type Source = Image['source'];

const PHOTOS_A_PAGE = 200;

const albumList = () =>
  new Paged<Album>((cursor) =>
    ok(
      api.GET('/api/v1/galleries/{user_id}', {
        params: { path: { user_id: 'me' }, query: { limit: 20, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );

const photoList = (source: Source | null, trashed: boolean) =>
  new Paged<Image>((cursor) =>
    ok(
      api.GET('/api/v1/images', {
        params: {
          query: {
            sort: 'taken',
            trashed,
            limit: PHOTOS_A_PAGE,
            ...(source ? { source } : {}),
            ...(cursor ? { cursor } : {}),
          },
        },
      }),
    ),
  );

let owner: string | null = null;
let albumsKept = albumList();
let photosKept: Record<string, Paged<Image>> = {};

/** Somebody else signed in: nothing of the one before is left. */
function forSomebodyElse(): void {
  const now = session.person?.id ?? null;
  if (now === owner) return;
  owner = now;
  albumsKept = albumList();
  photosKept = {};
}

export function albums(): Paged<Album> {
  forSomebodyElse();
  return albumsKept;
}

export function photos(source: Source | null, trashed = false): Paged<Image> {
  forSomebodyElse();
  const key = `${source ?? 'all'} ${trashed}`;
  return (photosKept[key] ??= photoList(source, trashed));
}

/** Photos have left for the trash or an album, or come back: every list learns it. */
export function forgetPhotos(ids: ReadonlySet<string>): void {
  Object.values(photosKept).forEach((list) => list.remove(ids));
}

export const albumAddress = ({ id }: { id: string }): string => `/galleries/${id}`;
