/** One old photo on its way, out of what the browser knows of it and what the API says. */
import type { Schemas } from '../api/client';
import type { Upload } from '../upload/uploader';

export type Uploaded = Schemas['UploadedFile'];
export type PhotoState = 'refused' | 'waiting' | 'sending' | 'looking' | 'ready' | 'failed' | 'lost';

/** `upload` while the file is in this browser's hands, `file` once the API knows it. */
export interface Row {
  key: string;
  uploadId: string | null;
  upload: Upload | null;
  file: Uploaded | null;
}

export interface OldPhoto {
  key: string;
  name: string;
  state: PhotoState;
  /** How much of it has been sent, 0..1. */
  share: number;
  size: number | null;
  reason: string | null;
  preview: string | null;
  width: number | null;
  height: number | null;
  source: File | null;
}

/** After so long without news, bytes that no tab is sending will not come any more. */
export const PATIENCE_MS = 15_000;

export function shown({ key, upload, file }: Row, waited: number): OldPhoto {
  return {
    key,
    name: file?.filename ?? upload?.file.name ?? '',
    ...standing(upload, file, waited),
    size: upload?.file.size ?? null,
    preview: file?.preview_url ?? null,
    width: file?.width ?? null,
    height: file?.height ?? null,
    source: upload?.file ?? null,
  };
}

function standing(
  upload: Upload | null,
  file: Uploaded | null,
  waited: number,
): { state: PhotoState; share: number; reason: string | null } {
  if (file?.status === 'valid') return { state: 'ready', share: 1, reason: null };
  if (file?.status === 'invalid') return { state: 'refused', share: 1, reason: file.reason };
  if (!upload) {
    return waited > PATIENCE_MS
      ? {
          state: 'lost',
          share: 0,
          reason: 'Its upload was interrupted. Choose it again, or leave it out.',
        }
      : { state: 'looking', share: 1, reason: null };
  }
  const share = upload.file.size > 0 ? Math.min(1, upload.sent / upload.file.size) : 0;
  const states = { refused: 'refused', waiting: 'waiting', sending: 'sending', done: 'looking' } as const;
  const state = upload.state === 'failed' || upload.state === 'cancelled' ? 'failed' : states[upload.state];
  return { state, share: state === 'looking' ? 1 : share, reason: upload.reason };
}

export interface Tally {
  /** What is paid for. */
  ready: number;
  /** What one has to wait for. */
  moving: number;
  refused: number;
  /** What needs a hand. */
  stuck: number;
}

export function tally(photos: OldPhoto[]): Tally {
  const count = (...states: PhotoState[]) => photos.filter(({ state }) => states.includes(state)).length;
  return {
    ready: count('ready'),
    moving: count('waiting', 'sending', 'looking'),
    refused: count('refused'),
    stuck: count('failed', 'lost'),
  };
}

/** The same file, chosen once more. */
export const sameFile = (a: File, b: File): boolean =>
  a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
