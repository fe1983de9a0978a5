import { expect, it } from 'vitest';
import { amount, asked, canBeAccepted, refusal, waitsForYou, type Order } from './words';

const order = (more: Partial<Order> = {}): Order => ({
  id: 'o',
  email: 'ada@example.com',
  status: 'completed',
  payment_status: 'paid',
  currency: 'usd',
  total_cents: 2700,
  refunded_cents: 0,
  pay_with: 'card',
  options: { fidelity: 0.7, colorize: false, upscale: 1 },
  images: [1, 2, 3].map((id) => ({ id: String(id) }) as Order['images'][number]),
  checkout_url: null,
  held_reason: null,
  created_at: '2026-11-26T10:00:00Z',
  paid_at: '2026-11-26T10:01:00Z',
  completed_at: null,
  ...more,
});

it('gives back what the chosen photos cost, and never more than is left', () => {
  expect(amount(order(), 0)).toBe(2700);
  expect(amount(order(), 2)).toBe(1800);
  expect(amount(order({ refunded_cents: 1800 }), 2)).toBe(900);
  expect(amount(order({ refunded_cents: 1800 }), 0)).toBe(900);
});

it('says why nothing can be given back', () => {
  expect(refusal(order())).toBeNull();
  expect(refusal(order({ payment_status: 'unpaid', paid_at: null }))).toContain('Nothing was paid');
  const late = order({ status: 'failed', payment_status: 'refunded', paid_at: null });
  expect(refusal(late)).toContain('Everything has been given back');
  expect(refusal(order({ payment_status: 'refunded' }))).toContain('Everything');
  expect(refusal(order({ status: 'refunded', payment_status: 'refunded' }))).toContain('Everything');
  expect(refusal(order({ status: 'refunded', payment_status: 'held' }))).toBeNull(); // it did not arrive
  expect(refusal(order({ payment_status: 'disputed' }))).toContain('bank');
});

it('asks the administrator about held payments only, not about held credits', () => {
  expect(waitsForYou(order({ payment_status: 'held', held_reason: 'Paid 100 of 900.' }))).toBe(true);
  expect(waitsForYou(order({ payment_status: 'held' }))).toBe(false);
  expect(canBeAccepted(order({ status: 'pending_payment' }))).toBe(true);
  expect(canBeAccepted(order({ status: 'refunded' }))).toBe(false);
});

it('asks the API for nothing that it does not know', () => {
  expect([asked('held'), asked('all'), asked('x')]).toEqual(['held', undefined, undefined]);
});
