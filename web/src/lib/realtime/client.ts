/**
 * One socket for everything live. It opens when something is listened to, knows how far each topic was heard, asks for
 * the rest after a lost connection, and is told apart from "live" so that a page can poll meanwhile.
 */
export interface LiveEvent {
  type: string;
  topic: string;
  sequence: number;
  at: string;
  data: unknown;
}

export interface TopicListener {
  event(event: LiveEvent): void;
  /** From here on nothing is missed; what was read before may have missed something. Again after each lost connection. */
  subscribed?(): void;
  /** The topic is not ours, or is gone. */
  refused?(status: number, detail: string): void;
}

export type Link = 'idle' | 'connecting' | 'live' | 'lost';

export interface SocketLike {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface RealtimeParts {
  /** A single-use ticket; null when nobody is signed in. */
  ticket(): Promise<string | null>;
  open(ticket: string): SocketLike;
  after(ms: number, act: () => void): () => void;
  random(): number;
  changed(link: Link): void;
}

export const PING_MS = 5 * 60_000;
export const PONG_MS = 10_000;
export const LINGER_MS = 30_000;
/** From one page to the next a topic is left and wanted again; frames may overtake each other on the way. */
export const LEAVE_MS = 3000;
export const LONGEST_PAUSE_MS = 30_000;

interface Topic {
  listeners: Set<TopicListener>;
  heard: number | null;
}

export class Realtime {
  link: Link = 'idle';
  #topics = new Map<string, Topic>();
  #socket: SocketLike | null = null;
  #failures = 0;
  #cancelPing: () => void = () => {};
  #cancelPong: () => void = () => {};
  #cancelRetry: () => void = () => {};
  #cancelLinger: () => void = () => {};
  readonly #parts: RealtimeParts;

  constructor(parts: RealtimeParts) {
    this.#parts = parts;
  }

  /** `since` asks for what the topic sent after that sequence. */
  listen(name: string, listener: TopicListener, since?: number): () => void {
    const topic = this.#topics.get(name) ?? { listeners: new Set(), heard: since ?? null };
    const isNew = !this.#topics.has(name);
    this.#topics.set(name, topic);
    topic.listeners.add(listener);
    this.#cancelLinger();
    if (this.link === 'live' && isNew) this.#subscribe(name, topic);
    else if (this.link === 'idle') void this.#connect();
    return () => this.#leave(name, listener);
  }

  /** The network is back, or the tab is: no need to sit out the pause. */
  nudge(): void {
    if (this.link !== 'lost') return;
    this.#cancelRetry();
    void this.#connect();
  }

  /** Signed out: nothing is listened to any more. */
  stop(): void {
    this.#topics.clear();
    this.#hangUp();
  }

  #leave(name: string, listener: TopicListener): void {
    const topic = this.#topics.get(name);
    if (!topic?.listeners.delete(listener) || topic.listeners.size > 0) return;
    this.#parts.after(LEAVE_MS, () => this.#unsubscribe(name, topic));
  }

  #unsubscribe(name: string, topic: Topic): void {
    if (topic.listeners.size > 0 || this.#topics.get(name) !== topic) return;
    this.#topics.delete(name);
    if (this.link === 'live') this.#say({ action: 'unsubscribe', topic: name });
    if (this.#topics.size === 0) this.#cancelLinger = this.#parts.after(LINGER_MS, () => this.#hangUp());
  }

  async #connect(): Promise<void> {
    this.#become('connecting');
    let socket: SocketLike;
    try {
      const ticket = await this.#parts.ticket();
      if (ticket === null || this.#topics.size === 0) return this.#become('idle');
      if (this.link !== 'connecting') return; // hung up while the ticket was on its way
      socket = this.#parts.open(ticket);
    } catch {
      return this.#lost();
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#failures = 0;
      this.#become('live');
      this.#topics.forEach((topic, name) => this.#subscribe(name, topic));
      this.#schedulePing();
    };
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
  }

  #subscribe(topic: string, { heard }: Topic): void {
    this.#say(heard === null ? { action: 'subscribe', topic } : { action: 'subscribe', topic, since: heard });
  }

  #hear(data: unknown): void {
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(String(data)) as Record<string, unknown>;
    } catch {
      return; // a frame of another version; the next one may be ours
    }
    this.#cancelPong();
    const name = typeof frame['topic'] === 'string' ? frame['topic'] : null;
    const topic = name === null ? undefined : this.#topics.get(name);
    if (name === null || !topic) return;
    if (frame['type'] === 'error') {
      const detail = typeof frame['detail'] === 'string' ? frame['detail'] : '';
      topic.listeners.forEach((listener) => listener.refused?.(Number(frame['status']), detail));
    } else if (frame['type'] === 'subscribed') {
      topic.listeners.forEach((listener) => listener.subscribed?.());
    } else if (typeof frame['sequence'] === 'number') {
      if (topic.heard !== null && frame['sequence'] <= topic.heard) return; // replayed, and heard before
      topic.heard = frame['sequence'];
      topic.listeners.forEach((listener) => listener.event(frame as unknown as LiveEvent));
    }
  }

  #schedulePing(): void {
    this.#cancelPing = this.#parts.after(PING_MS, () => {
      this.#say({ action: 'ping' });
      this.#cancelPong = this.#parts.after(PONG_MS, () => this.#lost());
      this.#schedulePing();
    });
  }

  #say(frame: object): void {
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      this.#lost();
    }
  }

  #lost(): void {
    this.#drop();
    if (this.#topics.size === 0) return this.#become('idle');
    this.#become('lost');
    this.#failures += 1;
    const longest = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#failures);
    this.#cancelRetry = this.#parts.after(
      longest * (0.3 + 0.7 * this.#parts.random()),
      () => void this.#connect(),
    );
  }

  #hangUp(): void {
    this.#cancelRetry();
    this.#cancelLinger();
    this.#drop();
    this.#failures = 0;
    this.#become('idle');
  }

  #drop(): void {
    this.#cancelPing();
    this.#cancelPong();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #become(link: Link): void {
    if (this.link === link) return;
    this.link = link;
    this.#parts.changed(link);
  }
}
