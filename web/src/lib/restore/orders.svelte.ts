/** The signed-in person's orders. Kept between pages, so that going back shows them at once. */
import { api, ok } from '../api/client';
import { session } from '../auth/session.svelte';
import { Paged } from '../galleries/paged.svelte';
import { after, live } from '../realtime/index.svelte';
import { browserParts, follow } from './follow';
import { isNews, moves, type OrderSummary } from './order';

const A_PAGE = 48;
const SOON_MS = 400;

const list = () =>
  new Paged<OrderSummary>((cursor) =>
    ok(api.GET('/api/v1/orders', { params: { query: { limit: A_PAGE, ...(cursor ? { cursor } : {}) } } })),
  );

let owner: string | null = null;
let mine = list();

/** Somebody else signed in: nothing of the one before is left. */
export function orders(): Paged<OrderSummary> {
  const now = session.person?.id ?? null;
  if (now !== owner) {
    owner = now;
    mine = list();
  }
  return mine;
}

export function followOrders(): () => void {
  const { person } = session;
  if (!person) return () => {};
  const all = orders();
  let cancel: (() => void) | null = null;
  const soon = () => {
    cancel ??= after(SOON_MS, () => {
      cancel = null;
      void all.load();
    });
  };
  const stop = follow({
    ...browserParts,
    topic: `user:${person.id}`,
    listen: (topic, listener) => live.realtime.listen(topic, listener),
    onLink: (heard) => live.onLink(heard),
    after,
    event: (type, data) => {
      if (type !== 'order.updated') return;
      const known = isNews(data) ? all.items.find(({ id }) => id === data.id) : undefined;
      if (!known || !isNews(data)) return soon();
      const { status, payment_status, refunded_cents } = data;
      const completed_count = Math.max(
        known.completed_count,
        data.images.filter((image) => image.status === 'completed').length,
      );
      all.put({ ...known, status, payment_status, refunded_cents, completed_count });
      // Its cover and its dates are not in the news.
      if (status !== known.status || (completed_count > 0 && known.cover_url === null)) soon();
    },
    again: () => void all.load(),
    open: () => all.items.some(moves),
  });
  return () => {
    stop();
    cancel?.();
  };
}
