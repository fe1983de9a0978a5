/**
 * The tokens of one person in any number of tabs. The access token stays in memory; the refresh token rotates at each
 * use and a replayed one ends the whole family, so exactly one tab may use it: a Web Lock chooses which, and a
 * BroadcastChannel tells the others what it got.
 */
import { Problem } from '../api/problem';
import type { Kept, TokenStore } from './store';

export interface Grant {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

export type Told =
  { type: 'access'; token: string; expiresAt: number } | { type: 'signed-in' } | { type: 'signed-out' };

export interface Channel {
  postMessage(message: Told): void;
  onmessage: ((event: MessageEvent<Told>) => void) | null;
}

export interface TokenParts {
  store: TokenStore;
  channel: Channel;
  /** Runs `act` alone among all tabs. */
  alone<T>(act: () => Promise<T>): Promise<T>;
  exchange(kept: Kept): Promise<Grant>;
  now(): number;
  newKey(): string;
}

const MARGIN_MS = 20_000; // a token that ends within this is treated as ended: requests take time

export class Tokens {
  #access: { token: string; expiresAt: number } | null = null;
  #refreshing: Promise<string | null> | null = null;
  readonly #parts: TokenParts;
  /** Told by another tab, or found out by this one. */
  onSignedOut: () => void = () => {};
  onSignedInElsewhere: () => void = () => {};

  constructor(parts: TokenParts) {
    this.#parts = parts;
    parts.channel.onmessage = ({ data }) => {
      if (data.type === 'access') this.#access = { token: data.token, expiresAt: data.expiresAt };
      else if (data.type === 'signed-in') this.onSignedInElsewhere();
      else this.#forget();
    };
  }

  async signedIn(grant: Grant): Promise<void> {
    await this.#parts.alone(() => this.#keep(grant));
    this.#parts.channel.postMessage({ type: 'signed-in' });
  }

  /** Whether someone was signed in when the browser was last used. */
  async known(): Promise<boolean> {
    return this.#access !== null || (await this.#parts.store.read()) !== null;
  }

  /** A token that works now; null when nobody is signed in. `refused` is one that the API has just turned down. */
  async access(refused?: string): Promise<string | null> {
    if (this.#usable(refused)) return this.#access?.token ?? null;
    this.#refreshing ??= this.#refresh(refused).finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** Forgets the tokens here and in all tabs; answers the refresh token, for the API to revoke. */
  async signOut(): Promise<string | null> {
    return this.#parts.alone(async () => {
      const kept = await this.#parts.store.read();
      await this.#end();
      return kept?.refreshToken ?? null;
    });
  }

  #usable(refused?: string): boolean {
    const access = this.#access;
    return access !== null && access.token !== refused && access.expiresAt - MARGIN_MS > this.#parts.now();
  }

  #refresh(refused?: string): Promise<string | null> {
    return this.#parts.alone(async () => {
      if (this.#usable(refused)) return this.#access?.token ?? null; // another tab was faster and told us
      const kept = await this.#parts.store.read();
      if (!kept) {
        if (this.#access) await this.#end();
        return null;
      }
      try {
        await this.#keep(await this.#parts.exchange(kept));
      } catch (error) {
        // Offline, or the API is down: the token is as good as before. Refused: it will never be good again.
        if (!(error instanceof Problem) || error.passing || error.status === 409) throw error;
        await this.#end();
      }
      return this.#access?.token ?? null;
    });
  }

  async #keep(grant: Grant): Promise<void> {
    const access = { token: grant.access_token, expiresAt: this.#parts.now() + grant.expires_in * 1000 };
    await this.#parts.store.write({ refreshToken: grant.refresh_token, attempt: this.#parts.newKey() });
    this.#access = access;
    this.#parts.channel.postMessage({ type: 'access', ...access });
  }

  async #end(): Promise<void> {
    await this.#parts.store.clear();
    this.#parts.channel.postMessage({ type: 'signed-out' });
    this.#forget();
  }

  #forget(): void {
    this.#access = null;
    this.onSignedOut();
  }
}

/** One tab at a time; where the browser has no Web Locks (plain http), one caller at a time within the tab. */
export function aloneIn(locks: LockManager | undefined, name: string): TokenParts['alone'] {
  if (locks) return <T>(act: () => Promise<T>) => locks.request(name, act) as Promise<T>;
  let last: Promise<unknown> = Promise.resolve();
  return <T>(act: () => Promise<T>) => {
    const next = last.then(act, act);
    last = next.catch(() => {});
    return next;
  };
}
