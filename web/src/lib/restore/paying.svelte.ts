/** What is wished for and how it is paid, kept while one looks elsewhere; and the step to the payment page. */
import { goto } from '$app/navigation';
import { api, ok } from '../api/client';
import { toProblem, type Problem } from '../api/problem';
import { session } from '../auth/session.svelte';
import { bringing } from './bringing.svelte';
import * as calls from './calls';
import { explained } from './explained';
import { dependableShelf, kept } from './kept';
import { USUAL_FIDELITY } from './wish';

const KEPT = 'darkroom-restore-wish';
const shelf = dependableShelf(() => sessionStorage);

interface Wish {
  email: string;
  fidelity: number;
  upscale: number;
  colorize: boolean;
}

function keptWish(): Partial<Wish> {
  try {
    return JSON.parse(shelf.getItem(KEPT) ?? '{}') as Partial<Wish>;
  } catch {
    return {};
  }
}

class Paying {
  email = $state('');
  fidelity = $state(USUAL_FIDELITY);
  upscale = $state(1);
  colorize = $state(false);
  payWith = $state<'card' | 'credits'>('card');
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** What credits are left; null while nobody knows, or nobody is signed in. */
  credits = $state<number | null>(null);

  constructor() {
    const { email, fidelity, upscale, colorize } = keptWish();
    if (typeof email === 'string') this.email = email;
    if (typeof fidelity === 'number' && fidelity >= 0 && fidelity <= 1) this.fidelity = fidelity;
    if (upscale === 2 || upscale === 4) this.upscale = upscale;
    this.colorize = colorize === true;
  }

  keep(): void {
    const { email, fidelity, upscale, colorize } = this;
    shelf.setItem(KEPT, JSON.stringify({ email, fidelity, upscale, colorize } satisfies Wish));
  }

  get total(): number {
    return (bringing.offer.value?.price_cents ?? 0) * bringing.count.ready;
  }

  /** Only what the model takes is asked for. */
  get options(): calls.Options {
    const offered = bringing.offer.value?.options;
    const upscale = offered?.upscale.includes(this.upscale) ? this.upscale : 1;
    return {
      fidelity: offered?.fidelity ? this.fidelity : USUAL_FIDELITY,
      colorize: offered?.colorize === true && this.colorize,
      upscale: upscale as 1 | 2 | 4,
    };
  }

  async readCredits(): Promise<void> {
    if (session.standing !== 'signed-in') {
      this.credits = null;
      this.payWith = 'card';
      return;
    }
    this.credits = await ok(api.GET('/api/v1/users/me/stats')).then(
      (stats) => stats.available_credits_cents,
      () => null,
    );
  }

  /** Back from the payment page by the browser's own button: the page is as it was left, and pressable. */
  returned(): void {
    this.busy = false;
  }

  async pay(): Promise<void> {
    const { upload } = bringing;
    if (this.busy || !upload) return;
    this.busy = true;
    this.problem = null;
    let leaving = false;
    try {
      const { order_id, order_token, checkout_url } = await calls.checkOut(
        {
          session_id: upload.id,
          session_token: upload.token,
          email: this.email.trim(),
          options: this.options,
          pay_with: this.payWith,
          keep_duplicates: false,
        },
        session.standing === 'signed-in',
      );
      kept.keepOrder(order_id, order_token);
      bringing.ordered(order_id);
      leaving = true;
      if (checkout_url === null) {
        bringing.forget();
        await goto(`/restore/orders/${order_id}`);
      } else location.assign(checkout_url);
    } catch (error) {
      this.#explain(toProblem(error));
    } finally {
      // On the way to the payment page it stays busy: a second press would only open a second one.
      if (!leaving || this.payWith === 'credits') this.busy = false;
    }
  }

  #explain(problem: Problem): void {
    this.problem = explained(problem);
    if (problem.status === 402) {
      this.payWith = 'card';
      void this.readCredits();
    } else if ([401, 404, 409, 410].includes(problem.status)) void bringing.resume(null);
  }
}

export const paying = new Paying();
