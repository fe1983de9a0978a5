/** Registers the service worker, and offers a new version instead of changing the page under somebody's hands. */
import { toasts } from './toasts.svelte';

export function serveFromCache(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const first = navigator.serviceWorker.controller === null;
  let reloading = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (first || reloading) return;
    reloading = true;
    location.reload();
  });
  navigator.serviceWorker
    .register('/service-worker.js')
    .then((registration) => {
      if (registration.waiting) offer(registration.waiting);
      registration.addEventListener('updatefound', () => {
        const worker = registration.installing;
        worker?.addEventListener('statechange', () => {
          if (worker.state === 'installed' && navigator.serviceWorker.controller) offer(worker);
        });
      });
    })
    .catch(() => {
      // Without it the app works as before, only not without a network.
    });
}

function offer(worker: ServiceWorker): void {
  toasts.say('A new version is ready', {
    kind: 'info',
    action: { label: 'Load it', act: () => worker.postMessage('take over') },
  });
}
