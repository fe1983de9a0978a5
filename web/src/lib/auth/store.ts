/**
 * Where the refresh token lives between visits: IndexedDB. Unlike localStorage, whose writes reach other tabs'
 * processes some time later, a committed transaction is what the next reader sees: with rotating tokens, a stale read
 * is a replay, and a replay signs the person out everywhere.
 */
export interface Kept {
  refreshToken: string;
  /** The idempotency key of this token's one use: a lost answer can be asked for again. */
  attempt: string;
}

export interface TokenStore {
  read(): Promise<Kept | null>;
  write(kept: Kept): Promise<void>;
  clear(): Promise<void>;
}

const STORE = 'session';
const KEY = 'tokens';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('darkroom', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage is closed to us'));
  });
}

async function inTransaction<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('storage refused the write'));
    });
  } finally {
    database.close();
  }
}

export const browserStore: TokenStore = {
  read: async () => ((await inTransaction('readonly', (s) => s.get(KEY))) as Kept | undefined) ?? null,
  write: async (kept) => void (await inTransaction('readwrite', (s) => s.put(kept, KEY))),
  clear: async () => void (await inTransaction('readwrite', (s) => s.delete(KEY))),
};

/** For a browser that keeps nothing (a private window of some): signed in until the tab closes. */
export function memoryStore(): TokenStore {
  let kept: Kept | null = null;
  return {
    read: async () => kept,
    write: async (next) => void (kept = next),
    clear: async () => void (kept = null),
  };
}

/** The browser's store while it answers, memory from the moment that it does not. */
export function dependableStore(store: TokenStore, spare: TokenStore = memoryStore()): TokenStore {
  let broken = false;
  const attempt = async <T>(act: (store: TokenStore) => Promise<T>): Promise<T> => {
    if (!broken) {
      try {
        return await act(store);
      } catch {
        broken = true;
      }
    }
    return act(spare);
  };
  return {
    read: () => attempt((s) => s.read()),
    write: (kept) => attempt((s) => s.write(kept)),
    clear: () => attempt((s) => s.clear()),
  };
}
