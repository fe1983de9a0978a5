/** The photos that entries in the books are about, by their captures' ids; asked for once, a few at a time. */
import { api, ok, type Schemas } from '../api/client';
import { each } from '../galleries/each';
import { justAfter } from './days';

type Capture = Schemas['Capture'];

const A_PAGE = 200;

export class EntryPictures {
  #found = $state.raw<Record<string, Capture | null>>({});
  #asked: Record<string, true> = {};

  of(reference: string): Capture | null | undefined {
    return this.#found[reference];
  }

  put(capture: Capture): void {
    this.#asked[capture.id] = true;
    this.#found = { ...this.#found, [capture.id]: capture };
  }

  async want(entries: Schemas['LedgerEntry'][]): Promise<void> {
    const wanted = entries.filter(({ kind, reference }) => kind === 'capture' && !this.#asked[reference]);
    const newest = wanted[0];
    if (!newest) return;
    wanted.forEach(({ reference }) => (this.#asked[reference] = true));
    // Entries follow their photos closely, so that one list has most of them; what was brought late is asked for by name.
    const to = justAfter(newest.created_at);
    const known: Record<string, Capture | null> = {};
    try {
      const query = { to, status: 'completed' as const, limit: A_PAGE };
      for (const capture of (await ok(api.GET('/api/v1/captures', { params: { query } }))).items)
        known[capture.id] = capture;
    } catch {
      // Asked for by name below, or shown without a picture.
    }
    this.#found = { ...known, ...this.#found };
    await each(
      wanted.map(({ reference }) => reference).filter((reference) => !(reference in this.#found)),
      async (capture_id) => {
        const capture = await ok(
          api.GET('/api/v1/captures/{capture_id}', { params: { path: { capture_id } } }),
        ).catch(
          () => null, // gone with its photo: the entry stays
        );
        this.#found = { ...this.#found, [capture_id]: capture };
      },
    );
  }
}
