/** What happens to the signed-in person's cameras, photos and money, as it happens. */
import type { Schemas } from '../api/client';
import { session } from '../auth/session.svelte';
import { after, live } from '../realtime/index.svelte';

export interface Paid {
  capture: Schemas['Capture'];
  entry: Schemas['LedgerEntry'];
  balance_cents: number;
  available_credits_cents: number;
  currency: string;
}

export interface Heard {
  /** One has moved on: completed ones too. */
  capture?: (capture: Schemas['Capture']) => void;
  paid?: (paid: Paid) => void;
  device?: (device: Schemas['Device']) => void;
  /** Something may have been missed: read anew. Without a socket it comes every few seconds. */
  again: () => void;
}

const POLL_MS = 8000;

export function followMine(heard: Heard): () => void {
  const { person } = session;
  if (!person) return () => {};
  let stopPolling: (() => void) | null = null;
  let was = live.link;
  // Each failed try to connect is a loss of its own; the next look does not wait for them to end.
  const poll = () => {
    stopPolling = after(POLL_MS, () => {
      if (document.visibilityState === 'visible') heard.again();
      poll();
    });
  };
  const rest = () => {
    stopPolling?.();
    stopPolling = null;
  };
  const leave = live.realtime.listen(`user:${person.id}`, {
    event: ({ type, data }) => {
      if (typeof data === 'object' && data !== null && 'omitted' in data) return heard.again();
      if (type === 'capture.updated' || type === 'capture.completed')
        heard.capture?.(data as Schemas['Capture']);
      else if (type === 'capture.paid') heard.paid?.(data as Paid);
      else if (type === 'device.updated') heard.device?.(data as Schemas['Device']);
    },
    subscribed: () => {
      rest();
      heard.again(); // between the first answer and now, or while it was lost
    },
  });
  const unlink = live.onLink((link) => {
    const before = was;
    was = link;
    if (link === before) return;
    if (link === 'lost' && stopPolling === null) poll();
  });
  const seen = () => {
    if (document.visibilityState === 'visible') heard.again(); // a sleeping computer hears nothing
  };
  document.addEventListener('visibilitychange', seen);
  if (was === 'lost') poll();
  return () => {
    rest();
    leave();
    unlink();
    document.removeEventListener('visibilitychange', seen);
  };
}

/** Many pieces of news in a moment are one reason to ask. */
export function soon(act: () => void, ms = 800): { call: () => void; stop: () => void } {
  let cancel: (() => void) | null = null;
  return {
    call: () => {
      cancel ??= after(ms, () => {
        cancel = null;
        act();
      });
    },
    stop: () => {
      cancel?.();
      cancel = null;
    },
  };
}
