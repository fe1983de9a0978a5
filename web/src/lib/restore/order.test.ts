import { describe, expect, it } from 'vitest';
import {
  applied,
  chipOf,
  counted,
  headline,
  isNews,
  needsReading,
  orderNumber,
  sceneOf,
  share,
  wordsOf,
  type Order,
  type OrderImage,
  type OrderNews,
  type OrderSummary,
} from './order';

const image = (more: Partial<OrderImage> = {}): OrderImage => ({
  id: 'i1',
  filename: 'grandma.jpg',
  status: 'processing',
  progress: 40,
  width: 4,
  height: 3,
  original_url: 'o',
  restored_url: null,
  original_view_url: null,
  restored_view_url: null,
  error: null,
  ...more,
});
const done = (more: Partial<OrderImage> = {}) =>
  image({ status: 'completed', progress: 100, original_view_url: 'a', restored_view_url: 'b', ...more });
const failed = (more: Partial<OrderImage> = {}) => image({ status: 'failed', error: 'Too dark.', ...more });

const order = (more: Partial<Order> = {}): Order => ({
  id: '019aaaaa-0000-7000-8000-00000abcdef1',
  status: 'processing',
  payment_status: 'paid',
  email: 'grace@example.test',
  currency: 'usd',
  total_cents: 1800,
  refunded_cents: 0,
  pay_with: 'card',
  options: { fidelity: 0.7, colorize: false, upscale: 1 },
  images: [image(), image({ id: 'i2', status: 'pending', progress: 0 })],
  checkout_url: null,
  held_reason: null,
  created_at: '2026-11-26T12:00:00Z',
  paid_at: '2026-11-26T12:01:00Z',
  completed_at: null,
  ...more,
});
const news = (more: Partial<OrderNews> = {}): OrderNews => ({
  id: order().id,
  status: 'processing',
  payment_status: 'paid',
  refunded_cents: 0,
  images: [],
  ...more,
});

describe('news of an order', () => {
  it('move its photos on', () => {
    const after = applied(
      order(),
      news({ images: [{ id: 'i1', status: 'processing', progress: 70, error: null }] }),
    );
    expect(after.images.map(({ progress }) => progress)).toEqual([70, 0]);
  });
  it('never turn the clock back', () => {
    const before = order({ status: 'completed', images: [done()], refunded_cents: 900 });
    const after = applied(
      before,
      news({
        status: 'completed',
        images: [{ id: 'i1', status: 'processing', progress: 10, error: null }],
      }),
    );
    expect(after.images[0]).toEqual(before.images[0]);
    expect(after.refunded_cents).toBe(900);
    expect(applied(before, news({ status: 'pending_payment' })).status).toBe('completed');
  });
  it('are told from other things', () =>
    expect([isNews(news()), isNews({ omitted: true }), isNews(null), isNews('x')]).toEqual([
      true,
      false,
      false,
      false,
    ]));
  it('make the page read again when addresses are missing or the order stands elsewhere', () => {
    const before = order();
    const ready = { ...image({ status: 'completed' }) };
    expect(needsReading(before, order({ images: [image({ progress: 90 })] }))).toBe(false);
    expect(needsReading(before, order({ images: [ready] }))).toBe(true);
    expect(needsReading(before, order({ images: [done()] }))).toBe(false);
    expect(needsReading(before, order({ status: 'completed' }))).toBe(true);
    // A closed order's photos have no addresses, and asking for them again would not end.
    const disputed = order({ payment_status: 'disputed', images: [ready] });
    expect(needsReading(disputed, disputed)).toBe(false);
  });
});

describe('an order in words', () => {
  const unpaid = { payment_status: 'unpaid', paid_at: null } as const;
  it.each<[Partial<Order>, string, RegExp]>([
    [{ status: 'pending_payment', ...unpaid }, 'paying', /^Waiting for the payment/],
    [{ status: 'pending_payment', payment_status: 'held', held_reason: 'amount' }, 'held', /^We are looking/],
    [{ payment_status: 'held', pay_with: 'credits' }, 'working', /^Restoring your 2 photos/],
    [{ status: 'completed', images: [done()] }, 'done', /^Your photo is ready/],
    [
      {
        status: 'completed',
        images: [done(), failed()],
        payment_status: 'partially_refunded',
        refunded_cents: 900,
      },
      'partly',
      /^1 photo is ready, 1 could not be restored.*\$9\.00 goes back to your card/,
    ],
    [
      { status: 'completed', images: [done(), failed()], pay_with: 'credits', refunded_cents: 900 },
      'partly',
      /\$9\.00 is yours again/,
    ],
    [{ status: 'failed', images: [failed()], payment_status: 'refunded' }, 'failed', /All of your money/],
    [{ status: 'failed', ...unpaid }, 'abandoned', /^This order was not paid/],
    [
      { status: 'failed', payment_status: 'refunded', paid_at: null, refunded_cents: 1800 },
      'late',
      /^Your payment came too late.*\$18\.00 goes back to your card/,
    ],
    [
      { status: 'refunded', payment_status: 'refunded', refunded_cents: 1800 },
      'refunded',
      /\$18\.00 went back/,
    ],
    [{ status: 'completed', payment_status: 'refunded' }, 'refunded', /refunded/],
    [{ status: 'refunded', payment_status: 'held' }, 'owed', /has not arrived yet/],
    [{ status: 'failed', payment_status: 'held', images: [failed()] }, 'owed', /has not arrived yet/],
    [{ status: 'completed', payment_status: 'disputed' }, 'disputed', /downloads rest/],
    [{ status: 'refunded', payment_status: 'disputed' }, 'disputed', /taken the payment back/],
  ])('%j is %s', (more, scene, words) => {
    const it_ = order(more);
    expect(sceneOf(it_)).toBe(scene);
    const { title, lead } = headline(it_);
    expect(`${title} ${lead}`).toMatch(words);
  });

  it('that nobody has paid for some time can be paid now', () =>
    expect(headline(order({ status: 'pending_payment' }), true).title).toBe('Not paid yet'));

  it('is counted and weighed', () => {
    const it_ = order({ images: [done(), failed(), image({ progress: 40 }), image({ progress: 0 })] });
    expect(counted(it_.images)).toEqual({ all: 4, done: 1, failed: 1 });
    expect(share(it_)).toBeCloseTo(0.6);
    expect(share(order({ images: [] }))).toBe(0);
  });

  it('photos say where they are', () =>
    expect([image(), image({ progress: 0 }), image({ status: 'uploaded' })].map(wordsOf)).toEqual([
      'Developing, 40 %',
      'Developing',
      'In line',
    ]));

  it('has a number that can be read out', () => expect(orderNumber(order().id)).toBe('0ABCDEF1'));

  it.each<[Partial<OrderSummary>, string]>([
    [{ status: 'pending_payment' }, 'Not paid yet'],
    [{ status: 'processing', completed_count: 1 }, '1 of 3 ready'],
    [{ status: 'completed', completed_count: 3 }, 'Ready'],
    [{ status: 'completed', completed_count: 2 }, '2 of 3 restored'],
    [{ status: 'failed', paid_at: null }, 'Not paid'],
    [{ status: 'failed' }, 'Not restored'],
    [{ status: 'completed', payment_status: 'disputed' }, 'Disputed'],
    [{ status: 'refunded', payment_status: 'refunded' }, 'Refunded'],
    [{ status: 'refunded', payment_status: 'held' }, 'Refund is looked at'],
  ])('%j has the chip “%s”', (more, word) =>
    expect(
      chipOf({
        id: 'o',
        email: null,
        status: 'completed',
        payment_status: 'paid',
        currency: 'usd',
        total_cents: 2700,
        refunded_cents: 0,
        image_count: 3,
        completed_count: 0,
        cover_url: null,
        created_at: '2026-11-26T12:00:00Z',
        paid_at: '2026-11-26T12:00:00Z',
        completed_at: null,
        ...more,
      }).word,
    ).toBe(word),
  );
});
