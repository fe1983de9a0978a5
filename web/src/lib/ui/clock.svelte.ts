/** The time, for words like "3 minutes ago" that should not stand still. */
import { createSubscriber } from 'svelte/reactivity';

const every = (ms: number) =>
  createSubscriber((update) => {
    const timer = setInterval(update, ms);
    return () => clearInterval(timer);
  });
const slow = every(20_000);
const fast = every(1000);

export function now(): number {
  slow();
  return Date.now();
}

/** For a countdown. */
export function thisSecond(): number {
  fast();
  return Date.now();
}
