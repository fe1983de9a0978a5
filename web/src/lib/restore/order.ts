/** An order as its page shows it: what news change, and what it comes to in words. */
import type { Schemas } from '../api/client';
import { money, plural } from '../ui/format';
import type { IconName } from '../ui/icons';

export type Order = Schemas['Order'];
export type OrderImage = Schemas['OrderImage'];
export type OrderSummary = Schemas['OrderSummary'];

/** `order.updated`, on the topics of the order and of its owner. */
export interface OrderNews {
  id: string;
  status: Order['status'];
  payment_status: Order['payment_status'];
  refunded_cents: number;
  images: Pick<OrderImage, 'id' | 'status' | 'progress' | 'error'>[];
}

export function isNews(data: unknown): data is OrderNews {
  return typeof data === 'object' && data !== null && 'images' in data && 'payment_status' in data;
}

const RANK: Record<OrderImage['status'], number> = {
  pending: 0,
  uploaded: 1,
  processing: 2,
  completed: 3,
  failed: 3,
};

/** News never turn the clock back: an answer that is read may be newer than what was pushed before. */
export function applied(order: Order, news: OrderNews): Order {
  return {
    ...order,
    status:
      order.status === 'pending_payment' || news.status !== 'pending_payment' ? news.status : order.status,
    payment_status: news.payment_status,
    refunded_cents: Math.max(order.refunded_cents, news.refunded_cents),
    images: order.images.map((image) => {
      const told = news.images.find(({ id }) => id === image.id);
      if (!told || RANK[told.status] < RANK[image.status]) return image;
      return {
        ...image,
        ...told,
        progress: told.status === image.status ? Math.max(image.progress, told.progress) : told.progress,
      };
    }),
  };
}

/** Whether the page needs what news do not carry: addresses of pictures, dates. */
export function needsReading(before: Order, after: Order): boolean {
  const addressed = ({ status, restored_view_url, error }: OrderImage) =>
    status !== 'completed' || restored_view_url !== null || error !== null;
  return (
    before.status !== after.status ||
    before.payment_status !== after.payment_status ||
    before.refunded_cents !== after.refunded_cents ||
    (!frozen(after) && !after.images.every(addressed))
  );
}

export const frozen = ({ status, payment_status }: Pick<Order, 'status' | 'payment_status'>): boolean =>
  payment_status === 'disputed' || payment_status === 'refunded' || status === 'refunded';

/** Whether anything can still happen by itself, soon. */
export const moves = ({ status }: Pick<Order, 'status'>): boolean =>
  status === 'pending_payment' || status === 'processing';

export type Scene =
  | 'paying'
  | 'held'
  | 'working'
  | 'done'
  | 'partly'
  | 'failed'
  | 'refunded'
  | 'owed'
  | 'disputed'
  | 'abandoned'
  | 'late';

/** Over, and what was to go back has not arrived. */
export const owed = ({ status, payment_status }: Pick<Order, 'status' | 'payment_status'>): boolean =>
  payment_status === 'held' && (status === 'refunded' || status === 'failed');

export function sceneOf(order: Order): Scene {
  if (order.payment_status === 'disputed') return 'disputed';
  if (order.status === 'pending_payment') return order.held_reason ? 'held' : 'paying';
  if (owed(order)) return 'owed';
  if (order.status === 'refunded') return 'refunded';
  if (order.status === 'failed' && order.paid_at === null)
    return order.payment_status === 'unpaid' ? 'abandoned' : 'late';
  if (order.status === 'failed') return 'failed';
  if (order.payment_status === 'refunded') return 'refunded';
  if (order.status === 'processing') return 'working';
  return order.images.every(({ status }) => status === 'completed') ? 'done' : 'partly';
}

export function counted(images: Pick<OrderImage, 'status'>[]) {
  const of = (status: OrderImage['status']) => images.filter((image) => image.status === status).length;
  return { all: images.length, done: of('completed'), failed: of('failed') };
}

/** How far all of it is, 0..1. */
export function share({ images }: Pick<Order, 'images'>): number {
  if (images.length === 0) return 0;
  const sum = images.reduce(
    (total, { status, progress }) => total + (RANK[status] === RANK.completed ? 100 : progress),
    0,
  );
  return sum / images.length / 100;
}

export function headline(order: Order, late = false): { title: string; lead: string } {
  const { all, done, failed } = counted(order.images);
  const photos = (count: number) => plural(count, 'photo');
  const back = money(order.refunded_cents, order.currency);
  const backWords = order.pay_with === 'credits' ? 'is yours again' : 'goes back to your card';
  switch (sceneOf(order)) {
    case 'paying':
      if (late)
        return {
          title: 'Not paid yet',
          lead: 'No payment has arrived. If it was declined, or you left the payment page, you can pay now: your photos are kept for a day.',
        };
      return {
        title: 'Waiting for the payment',
        lead: 'This page goes on by itself as soon as your payment has arrived, mostly within seconds.',
      };
    case 'held':
      return {
        title: 'We are looking at your payment',
        lead: 'The amount that came is not what the order costs. A person looks at it; you need to do nothing.',
      };
    case 'working':
      return {
        title:
          done > 0
            ? `${done} of ${photos(all)} restored`
            : all === 1
              ? 'Restoring your photo'
              : `Restoring your ${photos(all)}`,
        lead: 'You can close this page: we write to you when everything is ready.',
      };
    case 'done':
      return {
        title: all === 1 ? 'Your photo is ready' : `Your ${photos(all)} are ready`,
        lead: 'Move the line across a photo to see what has changed.',
      };
    case 'partly':
      return {
        title: `${photos(done)} ${done === 1 ? 'is' : 'are'} ready, ${failed} could not be restored`,
        lead:
          order.refunded_cents > 0
            ? `You pay only for what came out well: ${back} ${backWords}.`
            : `You pay only for what came out well. The price of ${failed === 1 ? 'the other' : 'the others'} goes back by itself.`,
      };
    case 'failed':
      return {
        title: all === 1 ? 'This photo could not be restored' : 'These photos could not be restored',
        lead: 'Nothing came out better than what you brought, so you pay nothing. All of your money goes back by itself.',
      };
    case 'refunded':
      return {
        title: 'This order was refunded',
        lead: `${back} ${order.pay_with === 'credits' ? 'is yours again' : 'went back to your card'}. Your bank may take some days to show it.`,
      };
    case 'owed':
      return {
        title: 'Your money has not arrived yet',
        lead: 'What was to go back to you did not arrive. A person looks at it; you need to do nothing.',
      };
    case 'disputed':
      if (order.status === 'refunded')
        return {
          title: 'Your bank has taken the payment back',
          lead: 'Your bank has decided about the payment of this order, and the order has ended.',
        };
      return {
        title: 'This payment is disputed',
        lead: 'Your bank is looking into the payment of this order. Work and downloads rest until that is settled.',
      };
    case 'late':
      return {
        title: 'Your payment came too late',
        lead: `This order had ended when the payment arrived. ${back} ${backWords}, and your bank may take some days to show it.`,
      };
    case 'abandoned':
      return {
        title: 'This order was not paid',
        lead: 'Photos that are not paid for are kept for a day, and these are gone. Nothing was charged.',
      };
  }
}

export interface Chip {
  word: string;
  icon: IconName;
  kind: 'soft' | 'good' | 'warn' | 'bad' | 'accent';
}

/** Of an order in a list: colour, shape and word. */
export function chipOf(order: OrderSummary): Chip {
  if (order.payment_status === 'disputed') return { word: 'Disputed', icon: 'alert', kind: 'warn' };
  if (owed(order)) return { word: 'Refund is looked at', icon: 'waiting', kind: 'warn' };
  if (order.status === 'refunded' || order.payment_status === 'refunded')
    return { word: 'Refunded', icon: 'undo', kind: 'soft' };
  if (order.status === 'pending_payment')
    return order.payment_status === 'held'
      ? { word: 'Payment is looked at', icon: 'waiting', kind: 'warn' }
      : { word: 'Not paid yet', icon: 'waiting', kind: 'warn' };
  if (order.status === 'processing')
    return {
      word: `${order.completed_count} of ${order.image_count} ready`,
      icon: 'waiting',
      kind: 'accent',
    };
  if (order.status === 'failed')
    return order.paid_at
      ? { word: 'Not restored', icon: 'alert', kind: 'bad' }
      : { word: 'Not paid', icon: 'close', kind: 'soft' };
  return order.completed_count < order.image_count
    ? { word: `${order.completed_count} of ${order.image_count} restored`, icon: 'done', kind: 'good' }
    : { word: 'Ready', icon: 'done', kind: 'good' };
}

/** What a photo's place says while it is not there yet. */
export function wordsOf(image: Pick<OrderImage, 'status' | 'progress'>): string {
  if (image.status === 'processing')
    return image.progress > 0 ? `Developing, ${image.progress} %` : 'Developing';
  return { pending: 'In line', uploaded: 'In line', completed: 'Ready', failed: 'Not restored' }[
    image.status
  ];
}

/** Short enough to be read out. */
export const orderNumber = (id: string): string => id.slice(-8).toUpperCase();
