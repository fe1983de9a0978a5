/** Stays close to something that moves: hears of it over the socket, and asks now and then in case it does not. */
import type { Link, TopicListener } from '../realtime/client';

export interface FollowParts {
  topic: string;
  listen(topic: string, listener: TopicListener): () => void;
  onLink(heard: (link: Link) => void): () => void;
  after(ms: number, act: () => void): () => void;
  visible(): boolean;
  onVisible(act: () => void): () => void;
  /** Something happened; null: too large for a frame. */
  event(type: string, data: unknown): void;
  /** Read it anew: something may have been missed. */
  again(): void;
  /** Whether anything can still happen by itself. */
  open(): boolean;
}

export const POLL_MS = 3000;
export const CALM_MS = 20_000; // a socket can be dead for minutes before it is known

export function follow(parts: FollowParts): () => void {
  let link: Link = 'idle';
  let deaf = false; // the topic is refused: only asking helps
  let cancel: () => void = () => {};

  const poll = () => {
    cancel();
    cancel = parts.after(link === 'live' && !deaf ? CALM_MS : POLL_MS, () => {
      if (parts.visible() && parts.open()) parts.again();
      poll();
    });
  };
  const leave = parts.listen(parts.topic, {
    event: ({ type, data }) => parts.event(type, data),
    subscribed: () => parts.again(), // between the first answer and now, or while it was lost
    refused: () => {
      deaf = true;
      poll();
    },
  });
  const unlink = parts.onLink((now) => {
    const before = link;
    link = now;
    if (now === before) return;
    if (now === 'live') deaf = false;
    // Each failed try to connect is a loss of its own; the next look does not wait for them to end.
    if (now === 'live' || before === 'live') poll();
  });
  const unseen = parts.onVisible(() => {
    if (parts.open()) parts.again(); // a sleeping computer hears nothing
  });
  poll();
  return () => {
    cancel();
    leave();
    unlink();
    unseen();
  };
}

export const browserParts = {
  visible: () => document.visibilityState === 'visible',
  onVisible: (act: () => void) => {
    const seen = () => {
      if (document.visibilityState === 'visible') act();
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  },
};
