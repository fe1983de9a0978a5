/** The API, typed from its OpenAPI document. Every call answers its data or throws a Problem. */
import createClient from 'openapi-fetch';
import { aloneIn, Tokens, type Channel, type Grant } from '../auth/tokens';
import { browserStore, dependableStore, type Kept } from '../auth/store';
import { Problem, problemOf, toProblem } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

const silent: Channel = { postMessage: () => {}, onmessage: null };

export const tokens = new Tokens({
  store: dependableStore(browserStore),
  channel: 'BroadcastChannel' in globalThis ? (new BroadcastChannel('darkroom-session') as Channel) : silent,
  alone: aloneIn(navigator.locks, 'darkroom-session'),
  exchange,
  now: () => Date.now(),
  newKey: () => crypto.randomUUID(),
});

/** One use of a refresh token. Repeated with its own key, so a lost answer is answered again and is no replay. */
async function exchange({ refreshToken, attempt }: Kept): Promise<Grant> {
  for (let tries = 0; ; tries += 1) {
    const response = await fetch('/api/v1/auth/refresh', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': attempt },
      body: JSON.stringify({ refresh_token: refreshToken }),
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body as Grant;
    // 409: the first try with this key is still running on the other side.
    if (response.status !== 409 || tries >= 5) throw problemOf(response, body);
    await new Promise((resolve) => setTimeout(resolve, 300 * (tries + 1)));
  }
}

let underWay = new AbortController();

/** Ends every call that is under way: who signs out waits for none of them, and each would only be refused. */
export function abandonCalls(): void {
  underWay.abort();
  underWay = new AbortController();
}

/** Carries the access token, and once more with a new one when the API no longer takes it. */
async function authorised(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, underWay.signal]);
  const token = await tokens.access();
  if (token === null) throw problemOf(new Response(null, { status: 401 }), null);
  const again = request.clone();
  const response = await fetch(withToken(request, token), { signal });
  if (response.status !== 401) return response;
  const fresh = await tokens.access(token);
  return fresh === null ? response : fetch(withToken(again, fresh), { signal });
}

function withToken(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

export const api = createClient<paths>({ baseUrl: globalThis.location.origin, fetch: authorised });

/** For what is done before there is anybody to be signed in as: no token, and no attempt to find one. */
export const publicApi = createClient<paths>({ baseUrl: globalThis.location.origin });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; `openapi-fetch` types what may be missing, `ok` is where it is looked at once. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let got: Answer<T>;
  try {
    got = await answer;
  } catch (error) {
    throw toProblem(error);
  }
  if (!got.response.ok) throw problemOf(got.response, got.error);
  return got.data as NonNullable<T>;
}

/** For a POST that creates or sends: pressed twice or sent again, it happens once. */
export function once(): { headers: { 'Idempotency-Key': string } } {
  return { headers: { 'Idempotency-Key': crypto.randomUUID() } };
}

export { Problem, toProblem };
