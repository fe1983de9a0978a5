/** The app's realtime connections, and what they are doing, for pages that want to say so. */
import { api, ok, publicApi, tokens } from '../api/client';
import { Realtime, type Link, type SocketLike } from './client';

export const after = (ms: number, act: () => void): (() => void) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

export class LiveLink {
  link = $state<Link>('idle');
  readonly realtime: Realtime;
  #heard: ((link: Link) => void)[] = [];

  /** `ticket` answers what opens one socket; null when nobody is there to open it for. */
  constructor(ticket: () => Promise<string | null>) {
    this.realtime = new Realtime({
      ticket,
      open: (given) => {
        const address = `${location.origin.replace('http', 'ws')}/ws?ticket=${encodeURIComponent(given)}`;
        return new WebSocket(address) as SocketLike;
      },
      after,
      random: Math.random,
      changed: (link) => {
        this.link = link;
        this.#heard.forEach((heard) => heard(link));
      },
    });
    addEventListener('online', this.#nudge);
    document.addEventListener('visibilitychange', this.#nudge);
  }

  #nudge = (): void => {
    if (document.visibilityState === 'visible') this.realtime.nudge();
  };

  /** It is not used again. */
  end(): void {
    this.realtime.stop();
    removeEventListener('online', this.#nudge);
    document.removeEventListener('visibilitychange', this.#nudge);
  }

  onLink(heard: (link: Link) => void): () => void {
    this.#heard = [...this.#heard, heard];
    heard(this.link);
    return () => (this.#heard = this.#heard.filter((other) => other !== heard));
  }
}

/** The signed-in person's. */
export const live = new LiveLink(async () =>
  (await tokens.access()) === null ? null : (await ok(api.POST('/api/v1/realtime/tickets'))).ticket,
);

/** For whoever has this token (of an upload session, of an order), signed in or not. */
export const liveOf = (token: string): LiveLink =>
  new LiveLink(
    async () =>
      (
        await ok(
          publicApi.POST('/api/v1/realtime/tickets', { headers: { Authorization: `Bearer ${token}` } }),
        )
      ).ticket,
  );
