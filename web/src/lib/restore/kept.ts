/**
 * What this browser remembers for people without an account: the upload that is under way, and the tokens that open
 * their orders. Where storage is switched off it is kept in memory, until the tab is closed.
 */
export interface KeptUpload {
  id: string;
  token: string;
  expiresAt: string;
  /** The order that was made of it at a checkout. */
  orderId: string | null;
}

export interface KeptOrder {
  token: string;
  at: number;
}

const UPLOAD = 'darkroom-restore-upload';
const ORDERS = 'darkroom-restore-orders';
export const ORDERS_MOST = 60;

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The browser's storage while it answers, memory from the moment that it does not. */
export function dependableShelf(shelf: () => Shelf): Shelf {
  const memory = new Map<string, string>();
  return {
    getItem: (key) => {
      try {
        return shelf().getItem(key) ?? memory.get(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    setItem: (key, value) => {
      try {
        shelf().setItem(key, value);
        memory.delete(key);
      } catch {
        memory.set(key, value);
      }
    },
    removeItem: (key) => {
      memory.delete(key);
      try {
        shelf().removeItem(key);
      } catch {
        // It was not there.
      }
    },
  };
}

export class Kept {
  readonly #shelf: Shelf;
  readonly #now: () => number;

  constructor(shelf: Shelf, now: () => number = Date.now) {
    this.#shelf = shelf;
    this.#now = now;
  }

  get upload(): KeptUpload | null {
    const kept = this.#read(UPLOAD) as Partial<KeptUpload> | null;
    if (typeof kept?.id !== 'string' || typeof kept.token !== 'string') return null;
    return { id: kept.id, token: kept.token, expiresAt: kept.expiresAt ?? '', orderId: kept.orderId ?? null };
  }

  set upload(upload: KeptUpload | null) {
    if (upload) this.#shelf.setItem(UPLOAD, JSON.stringify(upload));
    else this.#shelf.removeItem(UPLOAD);
  }

  orderToken(id: string): string | null {
    return this.#orders()[id]?.token ?? null;
  }

  /** The newest ones stay. */
  keepOrder(id: string, token: string): void {
    const orders = { ...this.#orders(), [id]: { token, at: this.#now() } };
    const newest = Object.entries(orders)
      .sort(([, a], [, b]) => b.at - a.at)
      .slice(0, ORDERS_MOST);
    this.#shelf.setItem(ORDERS, JSON.stringify(Object.fromEntries(newest)));
  }

  forgetOrder(id: string): void {
    const rest = Object.entries(this.#orders()).filter(([other]) => other !== id);
    this.#shelf.setItem(ORDERS, JSON.stringify(Object.fromEntries(rest)));
  }

  #orders(): Record<string, KeptOrder> {
    const kept = this.#read(ORDERS);
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept as Record<string, Partial<KeptOrder>>).flatMap(([id, order]) =>
        typeof order?.token === 'string' ? [[id, { token: order.token, at: Number(order.at) || 0 }]] : [],
      ),
    );
  }

  #read(key: string): unknown {
    try {
      return JSON.parse(this.#shelf.getItem(key) ?? 'null') as unknown;
    } catch {
      return null; // not written by us
    }
  }
}

export const kept = new Kept(dependableShelf(() => localStorage));
