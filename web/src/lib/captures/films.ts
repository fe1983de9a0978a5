/** Films in the making: they are told of where one is, and seen on a page of their own. */
import { goto } from '$app/navigation';
import { api, ok, once } from '../api/client';
import { activity, type WatchedJob } from '../shell/activity.svelte';
import { toasts } from '../shell/toasts.svelte';

export const isFilm = ({ job }: WatchedJob): boolean =>
  job?.kind === 'timelapse' && job.status === 'completed';
export const filmAddress = (job_id: string): string => `/captures/films/${job_id}`;

activity.onEnd((ended) => {
  if (!isFilm(ended)) return;
  toasts.say('Your film is ready', {
    detail: ended.title,
    stays: 12_000,
    action: { label: 'Watch', act: () => void goto(filmAddress(ended.id)) },
  });
});

export async function makeFilm(
  device_id: string,
  wish: { from: string; to: string; fps: number },
  title: string,
): Promise<string> {
  const { job_id } = await ok(
    api.POST('/api/v1/devices/{device_id}/timelapse', {
      params: { path: { device_id } },
      body: wish,
      ...once(),
    }),
  );
  activity.follow(job_id, title);
  activity.shown = true;
  return job_id;
}
