/** The way of photos into albums, for the pages that show it. Loaded with the first page that takes photos in. */
import { api, ok, once } from '../api/client';
import { activity } from '../shell/activity.svelte';
import { toasts } from '../shell/toasts.svelte';
import { plural } from '../ui/format';
import { Developing, type Ready } from './developing';

class Intake {
  wish = $state('');
  waiting = $state(0);
  holding = $state(false);
  asked = $state(false);
  starting = $state(false);

  readonly #developing = new Developing({
    start: (photos, wish) => this.#start(photos, wish),
    failed: (error) => toasts.problem(error),
    changed: () => {
      const { waiting, holding, asked, starting } = this.#developing;
      Object.assign(this, { waiting, holding, asked, starting });
    },
  });

  constructor() {
    activity.onUploads({
      changed: (uploads) => this.#developing.uploadsAre(uploads),
      left: () => {
        this.wish = '';
        this.#developing.forget();
      },
    });
    // Photos that are up and in no job yet would be lost to the person who closes the tab now.
    addEventListener('beforeunload', (event) => {
      if (this.waiting > 0) event.preventDefault();
    });
  }

  hold(): void {
    this.#developing.hold();
  }

  makeAlbums(): void {
    this.#developing.ask(this.wish);
  }

  async #start(photos: Ready[], wish: string): Promise<void> {
    const { job_id } = await ok(
      api.POST('/api/v1/galleries/process', {
        body: {
          image_keys: photos.map(({ key }) => key),
          regroup: false,
          ...(wish ? { instructions: wish } : {}),
        },
        ...once(),
      }),
    );
    activity.follow(
      job_id,
      `Albums of ${plural(photos.length, 'new photo')}`,
      Object.fromEntries(photos.map(({ key, name }) => [key, name])),
    );
    this.wish = '';
  }
}

export const intake = new Intake();
