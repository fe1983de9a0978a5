/** How orders and their money stand, for who looks after them. */
import type { Schemas } from '../api/client';
import type { IconName } from '../ui/icons';

export type Summary = Schemas['OrderSummary'];
export type Order = Schemas['Order'];
interface Said {
  word: string;
  icon: IconName;
  tone: 'good' | 'warn' | 'bad' | 'soft';
}

export const filters = [
  { value: 'all', name: 'All' },
  { value: 'held', name: 'Held' },
  { value: 'disputed', name: 'Disputed' },
];

/** Only the filters that the API knows, whatever the address says. */
export const asked = (show: string): 'held' | 'disputed' | undefined =>
  show === 'held' || show === 'disputed' ? show : undefined;

export const workState: Record<Order['status'], Said> = {
  pending_payment: { word: 'Not paid yet', icon: 'waiting', tone: 'soft' },
  processing: { word: 'In work', icon: 'again', tone: 'soft' },
  completed: { word: 'Completed', icon: 'done', tone: 'good' },
  failed: { word: 'Ended without a photo', icon: 'close', tone: 'soft' },
  refunded: { word: 'Given back', icon: 'undo', tone: 'soft' },
};

export const moneyState: Record<Order['payment_status'], Said> = {
  unpaid: { word: 'Unpaid', icon: 'waiting', tone: 'soft' },
  held: { word: 'Held', icon: 'pause', tone: 'warn' },
  paid: { word: 'Paid', icon: 'done', tone: 'good' },
  partially_refunded: { word: 'Partly given back', icon: 'undo', tone: 'soft' },
  refunded: { word: 'Given back', icon: 'undo', tone: 'soft' },
  disputed: { word: 'Disputed', icon: 'alert', tone: 'bad' },
};

export const imageState: Record<Order['images'][number]['status'], string> = {
  pending: 'waits',
  uploaded: 'waits for its turn',
  processing: 'is being restored',
  completed: 'restored',
  failed: 'failed',
};

/** Credits are held until the order is over: that is no case for an administrator. */
export const waitsForYou = (order: Order): boolean =>
  order.payment_status === 'held' && order.held_reason !== null;

/** Of what waits: a payment that can be accepted, and not money that is to go back once more. */
export const canBeAccepted = (order: Order): boolean => order.status === 'pending_payment';

/** Money can go back when some came, is ours to give, and has not all gone back. */
export function refusal(order: Order): string | null {
  if (order.payment_status === 'unpaid') return 'Nothing was paid for this order.';
  if (order.payment_status === 'disputed')
    return 'The customer’s bank disputes this payment: what becomes of it is decided there.';
  if (order.payment_status === 'refunded' || (order.status === 'refunded' && order.payment_status !== 'held'))
    return 'Everything has been given back.';
  return null;
}

/** What the chosen photos cost; none chosen means all that is left. */
export function amount(order: Order, chosen: number): number {
  const left = Math.max(0, order.total_cents - order.refunded_cents);
  if (chosen === 0 || order.images.length === 0) return left;
  return Math.min(left, Math.round((order.total_cents / order.images.length) * chosen));
}
