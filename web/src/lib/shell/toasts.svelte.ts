/** What is said in passing. Problems stay until they are read; good news leaves by itself. */
import { toProblem } from '../api/problem';

export interface Toast {
  id: number;
  kind: 'good' | 'bad' | 'info';
  title: string;
  detail?: string | undefined;
  errors?: string[];
  requestId?: string | undefined;
  action?: { label: string; act: () => void } | undefined;
  /** Milliseconds until it leaves by itself. */
  stays?: number;
}

const STAYS_MS = 6000;

class Toasts {
  all = $state<Toast[]>([]);
  #next = 1;

  say(title: string, more: Partial<Omit<Toast, 'id' | 'title'>> = {}): number {
    const toast: Toast = { id: this.#next++, kind: 'good', title, ...more };
    this.all = [...this.all.slice(-3), toast];
    if (toast.kind !== 'bad') setTimeout(() => this.dismiss(toast.id), toast.stays ?? STAYS_MS);
    return toast.id;
  }

  problem(error: unknown): void {
    const problem = toProblem(error);
    if (this.all.some((toast) => toast.kind === 'bad' && toast.title === problem.title)) return;
    this.say(problem.title, {
      kind: 'bad',
      detail: problem.detail,
      errors: problem.fields.map(({ field, message }) => `${field}: ${message}`),
      requestId: problem.requestId,
    });
  }

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
