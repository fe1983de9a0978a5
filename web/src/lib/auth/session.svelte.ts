/** Who is signed in, for every page. */
import { abandonCalls, api, ok, once, publicApi, tokens, type Schemas } from '../api/client';
import { Problem, toProblem } from '../api/problem';

export type Person = Schemas['User'];
type Standing = 'unknown' | 'signed-out' | 'signed-in';

const REMEMBERED = 'darkroom-person';

class Session {
  standing = $state<Standing>('unknown');
  person = $state<Person | null>(null);
  /** Somebody is signed in, and the API could not say who. */
  problem = $state.raw<Problem | null>(null);
  /** Not asked for by the person: says why the sign-in page stands there. */
  ended = $state(false);

  constructor() {
    tokens.onSignedOut = () => {
      abandonCalls();
      this.#leave(this.standing === 'signed-in');
    };
    tokens.onSignedInElsewhere = () => void this.load();
  }

  get admin(): boolean {
    return this.person?.role === 'admin';
  }

  /** At the start: the frame is painted from what was last known, and put right by what the API says. */
  async load(): Promise<void> {
    if (!(await tokens.known())) return this.#leave(false);
    this.problem = null;
    const remembered = this.person ?? this.#remembered();
    if (remembered) this.#enter(remembered);
    try {
      this.#enter(await ok(api.GET('/api/v1/users/me')));
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
        await tokens.signOut();
      } else if (!remembered) {
        this.problem = toProblem(error);
      }
    }
  }

  async signIn(username: string, password: string): Promise<void> {
    await tokens.signedIn(await ok(publicApi.POST('/api/v1/auth/login', { body: { username, password } })));
    this.ended = false;
    this.#enter(await ok(api.GET('/api/v1/users/me')));
  }

  async register(name: string, email: string, password: string): Promise<void> {
    await ok(publicApi.POST('/api/v1/auth/register', { body: { name, email, password }, ...once() }));
    await this.signIn(email, password);
  }

  async signOut(): Promise<void> {
    this.standing = 'signed-out'; // asked for: not a session that ended
    const refreshToken = await tokens.signOut();
    // Signed out here in any case; a server that cannot be told forgets the session when it ends.
    if (refreshToken !== null)
      await publicApi.POST('/api/v1/auth/logout', { body: { refresh_token: refreshToken } }).catch(() => {});
  }

  /** The account is gone: what ends now was wanted, and nothing is left to tell the API. */
  farewell(): void {
    this.standing = 'signed-out';
  }

  update(person: Person): void {
    this.#enter(person);
  }

  #enter(person: Person): void {
    this.person = person;
    this.standing = 'signed-in';
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify(person));
    } catch {
      // Nothing is remembered in this browser; the next visit asks first.
    }
  }

  #leave(ended: boolean): void {
    this.ended = ended;
    this.person = null;
    this.standing = 'signed-out';
    try {
      localStorage.removeItem(REMEMBERED);
    } catch {
      // Nothing was kept.
    }
  }

  #remembered(): Person | null {
    try {
      return JSON.parse(localStorage.getItem(REMEMBERED) ?? 'null') as Person | null;
    } catch {
      return null;
    }
  }
}

export const session = new Session();
