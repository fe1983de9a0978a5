/** The app's one realtime connection, and what it is doing, for pages that want to say so. */
import { api, ok, tokens } from '../api/client';
import { Realtime, type Link, type SocketLike } from './client';

export const after = (ms: number, act: () => void): (() => void) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

class LiveLink {
  link = $state<Link>('idle');
  #heard = new Set<(link: Link) => void>();

  readonly realtime = new Realtime({
    ticket: async () =>
      (await tokens.access()) === null ? null : (await ok(api.POST('/api/v1/realtime/tickets'))).ticket,
    open: (ticket) => {
      const address = `${location.origin.replace('http', 'ws')}/ws?ticket=${encodeURIComponent(ticket)}`;
      return new WebSocket(address) as SocketLike;
    },
    after,
    random: Math.random,
    changed: (link) => {
      this.link = link;
      this.#heard.forEach((heard) => heard(link));
    },
  });

  constructor() {
    addEventListener('online', () => this.realtime.nudge());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.realtime.nudge();
    });
  }

  onLink(heard: (link: Link) => void): () => void {
    this.#heard.add(heard);
    heard(this.link);
    return () => this.#heard.delete(heard);
  }
}

export const live = new LiveLink();
