/** What the page shows, asked again by itself while somebody looks at it. */
import { api, ok, type Schemas } from '../api/client';
import { Resource } from '../ui/resource.svelte';

const METRICS_MS = 15_000;
const HISTORY_MS = 300_000;

export class Operations {
  readonly health = new Resource<Schemas['Insight']>(() => ok(api.GET('/api/v1/ops/health')));
  readonly metrics = new Resource<Schemas['Metrics']>(() => ok(api.GET('/api/v1/ops/metrics')));
  readonly history = new Resource<Schemas['History']>(() => ok(api.GET('/api/v1/ops/history')));

  #looked = { metrics: 0, history: 0 };

  /** Asks until the returned function is called; a hidden tab asks for nothing, and at once when it is seen again. */
  watch(): () => void {
    const look = () => {
      if (document.visibilityState !== 'visible') return;
      const now = Date.now();
      if (now - this.#looked.metrics >= METRICS_MS - 500) {
        this.#looked.metrics = now;
        void this.metrics.load();
        void this.health.load();
      }
      if (now - this.#looked.history >= HISTORY_MS) {
        this.#looked.history = now;
        void this.history.load();
      }
    };
    look();
    const timer = setInterval(look, METRICS_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }

  again(): void {
    void this.metrics.load();
    void this.health.load();
    void this.history.load();
  }
}
