/** Pages that stay open for long: addresses of pictures end after an hour, and what was missed offline is asked for. */
const STALE_MS = 45 * 60_000;

export interface Staying {
  now(): number;
  window: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;
  document: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> & { visibilityState: string };
}

const browser = (): Staying => ({ now: Date.now, window: globalThis.window, document: globalThis.document });

/** Calls `renew` when the network is back, and when the person is after too long; answers how to stop. */
export function staysFresh(renew: () => void, parts: Staying = browser()): () => void {
  let renewed = parts.now();
  const again = () => {
    renewed = parts.now();
    renew();
  };
  const seen = () => {
    if (parts.document.visibilityState === 'visible' && parts.now() - renewed > STALE_MS) again();
  };
  parts.window.addEventListener('online', again);
  parts.document.addEventListener('visibilitychange', seen);
  return () => {
    parts.window.removeEventListener('online', again);
    parts.document.removeEventListener('visibilitychange', seen);
  };
}
