// Photos up, albums back: node albums.ts https://darkroom.example you@example.com PASSWORD one.jpg two.jpg …
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import createClient from 'openapi-fetch';
import type { paths } from '../src/lib/api/schema';

const [baseUrl = '', username = '', password = '', ...files] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl });
const once = () => ({ headers: { 'Idempotency-Key': crypto.randomUUID() } }); // sent again, it happens once

/** The data of a good answer; else the problem's own words are thrown. */
async function ok<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok)
    throw new Error((error as { detail?: string } | undefined)?.detail ?? response.statusText);
  return data as T;
}

const tokens = await ok(api.POST('/api/v1/auth/login', { body: { username, password } }));
api.use({
  onRequest: ({ request }) => request.headers.set('Authorization', `Bearer ${tokens.access_token}`),
});

// Up: each file straight to storage, with exactly the headers that came with its URL.
const photos = await Promise.all(files.map((file) => openAsBlob(file, { type: 'image/jpeg' })));
const announced = photos.map((photo, index) => ({
  filename: basename(files[index] ?? ''),
  content_type: photo.type,
  size_bytes: photo.size,
}));
const { uploads } = await ok(api.POST('/api/v1/uploads/generate-urls', { body: { files: announced } }));
for (const [index, { url, method, headers }] of uploads.entries()) {
  const put = await fetch(url, { method, headers, body: photos[index] ?? null });
  if (!put.ok && put.status !== 412) throw new Error(`storage answered ${put.status}`); // 412: it is there already
}

// A job makes the albums; it is asked until it is over (or its topic `job:{id}` is heard on the WebSocket).
const body = { image_keys: uploads.map((upload) => upload.storage_key), regroup: false };
const { job_id } = await ok(api.POST('/api/v1/galleries/process', { body, ...once() }));
const watch = () => ok(api.GET('/api/v1/jobs/{job_id}/status', { params: { path: { job_id } } }));
let job = await watch();
while (job.status === 'pending' || job.status === 'processing') {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  job = await watch();
}
if (job.status === 'failed') throw new Error(job.error_message ?? 'the job failed');

const gallery = await ok(api.GET('/api/v1/galleries/{user_id}', { params: { path: { user_id: 'me' } } }));
for (const album of gallery.items) process.stdout.write(`${album.title}: ${album.image_count} photos\n`);
