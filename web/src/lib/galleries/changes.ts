/** What a person does with photos and albums, each with its way back where there is one. */
import { api, ok, once, type Schemas } from '../api/client';
import { each } from './each';

type Album = Schemas['Album'];
type AlbumImage = Schemas['AlbumImage'];

const SNAPSHOTS_MAX = 12;

const path = (album_id: string) => ({ params: { path: { album_id } } });

export const trash = (ids: ReadonlySet<string>) =>
  each(ids, (image_id) => ok(api.DELETE('/api/v1/images/{image_id}', { params: { path: { image_id } } })));

export const restore = (ids: ReadonlySet<string>) =>
  each(ids, (image_id) =>
    ok(api.POST('/api/v1/images/{image_id}/restore', { params: { path: { image_id } }, ...once() })),
  );

export const readAlbum = (id: string): Promise<Album> => ok(api.GET('/api/v1/albums/{album_id}', path(id)));

export const readImage = (image_id: string): Promise<Schemas['Image']> =>
  ok(api.GET('/api/v1/images/{image_id}', { params: { path: { image_id } } }));

export const changeAlbum = (id: string, change: Schemas['AlbumChange']): Promise<Album> =>
  ok(api.PATCH('/api/v1/albums/{album_id}', { ...path(id), body: change }));

export const setImages = (id: string, image_ids: string[]): Promise<Album> =>
  ok(api.PUT('/api/v1/albums/{album_id}/images', { ...path(id), body: { image_ids } }));

export const mergeAlbums = (id: string, other: string): Promise<Album> =>
  ok(api.POST('/api/v1/albums/{album_id}/merge', { ...path(id), body: { album_id: other }, ...once() }));

export const deleteAlbum = (id: string) => ok(api.DELETE('/api/v1/albums/{album_id}', path(id)));

export const shareAlbum = (id: string, expires_in: number | null): Promise<Schemas['Share']> =>
  ok(api.POST('/api/v1/albums/{album_id}/share', { ...path(id), body: { expires_in }, ...once() }));

export const endShare = (id: string) => ok(api.DELETE('/api/v1/albums/{album_id}/share', path(id)));

export const downloadAlbum = (id: string): Promise<Schemas['JobAccepted']> =>
  ok(api.POST('/api/v1/albums/{album_id}/download', { ...path(id), ...once() }));

export const albumImages = (id: string, cursor: string | null): Promise<Schemas['AlbumImageList']> =>
  ok(
    api.GET('/api/v1/albums/{album_id}/images', {
      params: { path: { album_id: id }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
    }),
  );

export async function idsOf(album: string): Promise<string[]> {
  const images: AlbumImage[] = [];
  let cursor: string | null = null;
  do {
    const page: Schemas['AlbumImageList'] = await albumImages(album, cursor);
    images.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return images.map(({ id }) => id);
}

export interface Done {
  album: Album;
  /** Puts everything back where it was; null when too much would have to be remembered. */
  undo: (() => Promise<unknown>) | null;
}

/** Photos go behind those of an album, out of the albums that they are in. */
export async function moveInto(target: string, ids: string[], sources: Iterable<string>): Promise<Done> {
  const from = [...new Set(sources)].filter((id) => id !== target);
  const before = await idsOf(target);
  const back = await snapshot(from);
  const known = new Set(before);
  const album = await setImages(target, [...before, ...ids.filter((id) => !known.has(id))]);
  return {
    album,
    undo:
      back &&
      (async () => {
        await back();
        await setImages(target, before);
      }),
  };
}

export async function newAlbum(title: string, ids: string[], sources: Iterable<string>): Promise<Done> {
  const back = await snapshot([...new Set(sources)]);
  const body = { title, theme_description: '', image_ids: ids };
  const album = await ok(api.POST('/api/v1/albums', { body, ...once() }));
  return {
    album,
    undo:
      back &&
      (async () => {
        await back();
        await deleteAlbum(album.id);
      }),
  };
}

/** How albums were, to be put back: their photos return into them from wherever they went. */
async function snapshot(albums: string[]): Promise<(() => Promise<void>) | null> {
  if (albums.length > SNAPSHOTS_MAX) return null;
  const lists = await Promise.all(albums.map(async (id) => [id, await idsOf(id)] as const));
  return async () => {
    for (const [id, ids] of lists) await setImages(id, ids);
  };
}
