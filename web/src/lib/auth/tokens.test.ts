import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../api/problem';
import { browserStore, dependableStore, memoryStore, type Kept, type TokenStore } from './store';
import { aloneIn, Tokens, type Channel, type Grant, type Told } from './tokens';

/** Channels of one origin: what one posts, the others hear, a turn later as in a browser. */
function channels(): () => Channel {
  const all: Channel[] = [];
  return () => {
    const mine: Channel = {
      onmessage: null,
      postMessage: (message: Told) =>
        all
          .filter((other) => other !== mine)
          .forEach((other) =>
            setTimeout(() => other.onmessage?.({ data: message } as MessageEvent<Told>), 0),
          ),
    };
    all.push(mine);
    return mine;
  };
}

/** The API's side of rotation: each refresh token works once, a replay ends the family. */
class Family {
  current = 'refresh-0';
  #count = 0;
  #answered = new Map<string, Grant>();
  replays = 0;
  uses = 0;

  use = async ({ refreshToken, attempt }: Kept): Promise<Grant> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const before = this.#answered.get(attempt);
    if (before) return before;
    if (refreshToken !== this.current) {
      this.replays += 1;
      throw new Problem({ status: 401, title: 'Replayed', detail: '' });
    }
    this.uses += 1;
    this.#count += 1;
    this.current = `refresh-${this.#count}`;
    const grant = { access_token: `access-${this.#count}`, refresh_token: this.current, expires_in: 900 };
    this.#answered.set(attempt, grant);
    return grant;
  };
}

let family: Family;
let store: TokenStore;
let keys = 0;
let clock = 0;

function tabs(count: number, exchange = family.use): Tokens[] {
  const join = channels();
  const alone = aloneIn(undefined, 'session'); // one queue for all: what navigator.locks is to real tabs
  return Array.from(
    { length: count },
    () =>
      new Tokens({
        store,
        channel: join(),
        alone,
        exchange,
        now: () => clock,
        newKey: () => `key-${keys++}`,
      }),
  );
}

function tab(exchange = family.use): Tokens {
  const [only] = tabs(1, exchange);
  if (!only) throw new Error('no tab');
  return only;
}

beforeEach(async () => {
  family = new Family();
  store = memoryStore();
  clock = 1_000_000;
  await store.write({ refreshToken: 'refresh-0', attempt: 'key-first' });
});

describe('refreshing', () => {
  it('happens once for any number of callers in a tab', async () => {
    const tokens = tab();
    const got = await Promise.all(Array.from({ length: 8 }, () => tokens.access()));
    expect(new Set(got)).toEqual(new Set(['access-1']));
    expect(family.uses).toBe(1);
  });

  it('never replays a token, however many tabs wake at once', async () => {
    const got = await Promise.all(tabs(6).map((tokens) => tokens.access()));
    expect(family.replays).toBe(0);
    expect(got.every((token) => token?.startsWith('access-'))).toBe(true);
  });

  it('reaches the other tabs, which then ask nothing', async () => {
    const [one, other] = tabs(2);
    await one?.access();
    await new Promise((resolve) => setTimeout(resolve, 5)); // a message needs its turn
    expect(await other?.access()).toBe('access-1');
    expect(family.uses).toBe(1);
  });

  it('happens again for a token that the API refused, and not for one already replaced', async () => {
    const tokens = tab();
    expect(await tokens.access()).toBe('access-1');
    expect(await tokens.access('access-0')).toBe('access-1');
    expect(await tokens.access('access-1')).toBe('access-2');
  });

  it('happens before the token ends', async () => {
    const tokens = tab();
    await tokens.access();
    clock += 885_000;
    expect(await tokens.access()).toBe('access-2');
  });

  it('asks for a lost answer again instead of replaying', async () => {
    let lost = true;
    const tokens = tab(async (kept) => {
      const grant = await family.use(kept);
      if (lost) {
        lost = false;
        throw new TypeError('Failed to fetch');
      }
      return grant;
    });
    await expect(tokens.access()).rejects.toThrow('Failed to fetch');
    expect(await tokens.access()).toBe('access-1');
    expect(family.replays).toBe(0);
  });

  it.each([0, 429, 503])('keeps the session when the API answers %i', async (status) => {
    const tokens = tab(async () => {
      throw new Problem({ status, title: '', detail: '' });
    });
    await expect(tokens.access()).rejects.toBeInstanceOf(Problem);
    expect(await store.read()).not.toBeNull();
  });

  it.each([400, 401, 403])('ends the session when the API answers %i', async (status) => {
    const tokens = tab(async () => {
      throw new Problem({ status, title: '', detail: '' });
    });
    const ended = vi.fn();
    tokens.onSignedOut = ended;
    expect(await tokens.access()).toBeNull();
    expect(ended).toHaveBeenCalledOnce();
    expect(await store.read()).toBeNull();
  });
});

describe('signing in and out', () => {
  it('is heard by the other tabs', async () => {
    const [one, other] = tabs(2);
    const heardIn = vi.fn();
    const heardOut = vi.fn();
    if (other) Object.assign(other, { onSignedInElsewhere: heardIn, onSignedOut: heardOut });
    await one?.signedIn({ access_token: 'mine', refresh_token: 'refresh-0', expires_in: 900 });
    await vi.waitFor(() => expect(heardIn).toHaveBeenCalledOnce());
    expect(await one?.signOut()).toBe('refresh-0');
    await vi.waitFor(() => expect(heardOut).toHaveBeenCalledOnce());
    expect(await other?.access()).toBeNull();
  });

  it('waits for a refresh under way, so that the token it revokes is the last one', async () => {
    const tokens = tab();
    const refreshing = tokens.access();
    expect(await tokens.signOut()).toBe('refresh-1');
    await refreshing;
    expect(await store.read()).toBeNull();
  });
});

describe('the stores', () => {
  it('IndexedDB keeps, replaces and forgets', async () => {
    expect(await browserStore.read()).toBeNull();
    await browserStore.write({ refreshToken: 'a', attempt: '1' });
    await browserStore.write({ refreshToken: 'b', attempt: '2' });
    expect(await browserStore.read()).toEqual({ refreshToken: 'b', attempt: '2' });
    await browserStore.clear();
    expect(await browserStore.read()).toBeNull();
  });

  it('a browser that refuses storage keeps the session for the tab', async () => {
    const refuse = () => Promise.reject(new Error('denied'));
    const dependable = dependableStore({ read: refuse, write: refuse, clear: refuse });
    await dependable.write({ refreshToken: 'a', attempt: '1' });
    expect(await dependable.read()).toEqual({ refreshToken: 'a', attempt: '1' });
  });
});

describe('aloneIn without Web Locks', () => {
  it('lets one in after the other, also after a failure', async () => {
    const alone = aloneIn(undefined, 'x');
    const seen: string[] = [];
    const step = (name: string, fails = false) =>
      alone(async () => {
        seen.push(`${name} in`);
        await Promise.resolve();
        seen.push(`${name} out`);
        if (fails) throw new Error(name);
      });
    await Promise.allSettled([step('a', true), step('b')]);
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out']);
  });
});
