/** The calls of restorations: each with the token of what it opens, whoever is signed in. */
import { api, ok, once, publicApi, type Schemas } from '../api/client';
import type { Announcement, Slot } from '../upload/uploader';

export type Order = Schemas['Order'];
export type Offer = Schemas['Offer'];
export type Options = Schemas['Options'];
export type UploadSession = Schemas['UploadSession'];
export type UploadTarget = Schemas['FileTarget'];
type Target = UploadTarget;

/** Presigned addresses last as long. */
const EXPIRES_IN = 300;

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** One key for each thing that is done, so that pressing twice does it once. */
const sent = (token: string | null) => ({
  headers: { ...once().headers, ...(token === null ? {} : bearer(token)) },
});

export const slotOf = ({ upload_id, url, headers }: Target): Slot => ({
  storage_key: upload_id,
  url,
  headers,
  expires_in: EXPIRES_IN,
});

export const getOffer = (): Promise<Offer> => ok(publicApi.GET('/api/v1/upload/offer'));

export const openUpload = (files: Announcement[]): Promise<Schemas['UploadOpened']> =>
  ok(publicApi.POST('/api/v1/upload', { body: { files }, ...sent(null) }));

export const readUpload = (id: string, token: string): Promise<UploadSession> =>
  ok(
    publicApi.GET('/api/v1/upload/{session_id}', {
      params: { path: { session_id: id } },
      headers: bearer(token),
    }),
  );

export const addFiles = async (id: string, token: string, files: Announcement[]): Promise<Target[]> =>
  (
    await ok(
      publicApi.POST('/api/v1/upload/{session_id}/files', {
        params: { path: { session_id: id } },
        body: { files },
        ...sent(token),
      }),
    )
  ).uploads;

export const renewUrls = async (id: string, token: string, upload_ids: string[]): Promise<Target[]> =>
  (
    await ok(
      publicApi.POST('/api/v1/upload/{session_id}/urls', {
        params: { path: { session_id: id } },
        body: { upload_ids },
        ...sent(token),
      }),
    )
  ).uploads;

export const removeFile = (id: string, token: string, upload_id: string): Promise<unknown> =>
  ok(
    publicApi.DELETE('/api/v1/upload/{session_id}/files/{upload_id}', {
      params: { path: { session_id: id, upload_id } },
      headers: bearer(token),
    }),
  );

/** The session's token is in the body: a signed-in person's own goes into the header, and the order is theirs. */
export const checkOut = (body: Schemas['CheckoutRequest'], signedIn: boolean): Promise<Schemas['Checkout']> =>
  ok((signedIn ? api : publicApi).POST('/api/v1/checkout', { body, ...sent(null) }));

/** By the order's token, or without one as the signed-in owner. */
export function readOrder(order_id: string, token: string | null): Promise<Order> {
  const params = { path: { order_id } };
  return token === null
    ? ok(api.GET('/api/v1/orders/{order_id}', { params }))
    : ok(publicApi.GET('/api/v1/orders/{order_id}', { params, headers: bearer(token) }));
}

export function createDownload(
  order_id: string,
  token: string | null,
  image_ids: string[] | null,
): Promise<Schemas['DownloadLink']> {
  const options = { params: { path: { order_id } }, body: { image_ids } };
  return token === null
    ? ok(api.POST('/api/v1/orders/{order_id}/downloads', { ...options, ...sent(null) }))
    : ok(publicApi.POST('/api/v1/orders/{order_id}/downloads', { ...options, ...sent(token) }));
}

export const lookUp = (email: string): Promise<unknown> =>
  ok(publicApi.POST('/api/v1/orders/lookup', { body: { email }, ...sent(null) }));
