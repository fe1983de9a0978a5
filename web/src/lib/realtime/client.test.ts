import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  LEAVE_MS,
  LINGER_MS,
  PING_MS,
  PONG_MS,
  Realtime,
  type LiveEvent,
  type Link,
  type SocketLike,
} from './client';

class FakeSocket implements SocketLike {
  sent: Record<string, unknown>[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  send = (data: string) => void this.sent.push(JSON.parse(data) as Record<string, unknown>);
  close = () => {
    this.closed = true;
    this.onclose?.();
  };
  says = (frame: object) => this.onmessage?.({ data: JSON.stringify(frame) });
}

let sockets: FakeSocket[];
let links: Link[];
let tickets: (string | null | Error)[];

function realtime(): Realtime {
  return new Realtime({
    ticket: async () => {
      const next = tickets.length > 0 ? (tickets.shift() ?? null) : 'ticket';
      if (next instanceof Error) throw next;
      return next;
    },
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    random: () => 1,
    changed: (link) => links.push(link),
  });
}

const last = () => sockets.at(-1) as FakeSocket;
const turn = () => vi.advanceTimersByTimeAsync(0);
const event = (sequence: number, topic = 'job:1') => ({
  type: 'job.progress',
  topic,
  sequence,
  at: '',
  data: {},
});

async function live(client: Realtime, heard: number[] = [], since?: number): Promise<() => void> {
  const leave = client.listen('job:1', { event: ({ sequence }: LiveEvent) => heard.push(sequence) }, since);
  await turn();
  last().onopen?.();
  return leave;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  links = [];
  tickets = [];
});

describe('subscribing', () => {
  it('opens one socket for all topics, and only when there is one', async () => {
    const client = realtime();
    expect(sockets).toHaveLength(0);
    await live(client);
    client.listen('job:2', { event: () => {} });
    expect(sockets).toHaveLength(1);
    expect(last().sent).toEqual([
      { action: 'subscribe', topic: 'job:1' },
      { action: 'subscribe', topic: 'job:2' },
    ]);
  });

  it('tells a listener that a topic is not its own', async () => {
    const client = realtime();
    const refused = vi.fn();
    client.listen('job:9', { event: () => {}, refused });
    await turn();
    last().onopen?.();
    last().says({ type: 'error', topic: 'job:9', status: 404, detail: 'No such topic.' });
    expect(refused).toHaveBeenCalledWith(404, 'No such topic.');
  });

  it('tells a listener from when on nothing is missed, after each lost connection anew', async () => {
    const client = realtime();
    const subscribed = vi.fn();
    client.listen('job:1', { event: () => {}, subscribed });
    await turn();
    last().onopen?.();
    expect(subscribed).not.toHaveBeenCalled();
    last().says({ type: 'subscribed', topic: 'job:1' });
    expect(subscribed).toHaveBeenCalledTimes(1);
    last().close();
    await vi.advanceTimersByTimeAsync(1000);
    last().onopen?.();
    last().says({ type: 'subscribed', topic: 'job:1' });
    expect(subscribed).toHaveBeenCalledTimes(2);
  });

  it('says nothing of a topic that is left and wanted again at once', async () => {
    const client = realtime();
    const leave = await live(client);
    const said = last().sent.length;
    leave();
    client.listen('job:1', { event: () => {} });
    await vi.advanceTimersByTimeAsync(LEAVE_MS + LINGER_MS);
    expect(last().sent).toHaveLength(said);
    expect(client.link).toBe('live');
  });

  it('hangs up some time after the last listener left', async () => {
    const client = realtime();
    const leave = await live(client);
    leave();
    await vi.advanceTimersByTimeAsync(LEAVE_MS);
    expect(last().sent.at(-1)).toEqual({ action: 'unsubscribe', topic: 'job:1' });
    await vi.advanceTimersByTimeAsync(LINGER_MS);
    expect(last().closed).toBe(true);
    expect(client.link).toBe('idle');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
  });
});

describe('since', () => {
  it('is what was heard last, after a lost connection', async () => {
    const heard: number[] = [];
    const client = realtime();
    await live(client, heard);
    last().says(event(1));
    last().says(event(2));
    last().close();
    expect(client.link).toBe('lost');
    await vi.advanceTimersByTimeAsync(1000);
    last().onopen?.();
    expect(last().sent).toEqual([{ action: 'subscribe', topic: 'job:1', since: 2 }]);
    last().says(event(2)); // replayed
    last().says(event(3));
    expect(heard).toEqual([1, 2, 3]);
    expect(links).toEqual(['connecting', 'live', 'lost', 'connecting', 'live']);
  });

  it('can be given from the start', async () => {
    await live(realtime(), [], 41);
    expect(last().sent).toEqual([{ action: 'subscribe', topic: 'job:1', since: 41 }]);
  });
});

describe('a bad connection', () => {
  it('is tried again with growing pauses, and at once when the network is back', async () => {
    const client = realtime();
    tickets = [new Error('down'), new Error('down'), new Error('down')];
    client.listen('job:1', { event: () => {} });
    await turn();
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(1999);
    expect(tickets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(tickets).toHaveLength(0);
    client.nudge();
    await turn();
    expect(sockets).toHaveLength(1);
  });

  it('that answers no ping is given up', async () => {
    const client = realtime();
    await live(client);
    await vi.advanceTimersByTimeAsync(PING_MS);
    expect(last().sent.at(-1)).toEqual({ action: 'ping' });
    last().says({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(PONG_MS);
    expect(client.link).toBe('live');
    await vi.advanceTimersByTimeAsync(PING_MS);
    expect(client.link).not.toBe('live');
  });

  it('is not opened for somebody who signed out', async () => {
    const client = realtime();
    tickets = [null];
    client.listen('job:1', { event: () => {} });
    await turn();
    expect(sockets).toHaveLength(0);
    expect(client.link).toBe('idle');
  });

  it('does not come back after stop', async () => {
    const client = realtime();
    await live(client);
    client.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
  });

  it('says nothing of frames it does not understand', async () => {
    const heard: number[] = [];
    await live(realtime(), heard);
    last().onmessage?.({ data: 'not json' });
    last().says({ type: 'hello' });
    last().says({ type: 'x', topic: 'job:7', sequence: 1 });
    expect(heard).toEqual([]);
  });
});
