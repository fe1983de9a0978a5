/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />
/**
 * Keeps the shell, so that the app opens at once and without a network. The API, the socket and signed storage
 * addresses are never touched: what they say is only true when they say it.
 */
import { build, files, version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `darkroom-shell-${version}`;
const SHELL = '/';
/** Pictures of one page are no part of what opens at once. */
const APART = /\.(map|webp)$/;
const KEPT = [SHELL, ...build, ...files.filter((file) => !APART.test(file))];
const known = new Set(KEPT);
const OURS_TO_LEAVE_ALONE = ['/api/', '/ws', '/_local'];

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('darkroom-shell-') && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener('message', ({ data }) => {
  if (data === 'take over') void worker.skipWaiting();
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (OURS_TO_LEAVE_ALONE.some((path) => url.pathname.startsWith(path))) return;
  if (request.mode === 'navigate') event.respondWith(kept(SHELL, request));
  else if (known.has(url.pathname)) event.respondWith(kept(url.pathname, request));
});

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
