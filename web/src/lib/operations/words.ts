/** Numbers and states of operations, as an administrator reads them. */
import type { Schemas } from '../api/client';
import type { IconName } from '../ui/icons';

export type Alarm = Schemas['AlarmState'];
export type Queue = Schemas['QueueState'];

/** Seconds as the largest two units that say something. */
export function long(seconds: number | null): string {
  if (seconds === null) return 'unknown';
  if (seconds < 1) return seconds === 0 ? '0 s' : 'under 1 s';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const units: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const at = units.findIndex(([size]) => whole >= size);
  const [size, name] = units[at] ?? [1, 's'];
  const [smaller, less] = units[at + 1] ?? [1, 's'];
  const rest = Math.floor((whole % size) / smaller);
  return `${Math.floor(whole / size)} ${name}${rest > 0 ? ` ${rest} ${less}` : ''}`;
}

export function percent(share: number | null): string {
  if (share === null) return '—';
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** `darkroom-prod-mail-dead-letters` is "Mail dead letters": the stage is the same for all. */
export function alarmName(name: string): string {
  const words = name.replace(/^darkroom-[a-z]+-/, '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const alarmState: Record<Alarm['state'], { word: string; icon: IconName; tone: string }> = {
  ALARM: { word: 'Rings', icon: 'alert', tone: 'bad' },
  INSUFFICIENT_DATA: { word: 'Too little data', icon: 'waiting', tone: 'soft' },
  OK: { word: 'Quiet', icon: 'done', tone: 'good' },
};

export const partState: Record<
  Schemas['PartState']['status'],
  { word: string; icon: IconName; tone: string }
> = {
  ok: { word: 'Well', icon: 'done', tone: 'good' },
  degraded: { word: 'Needs somebody', icon: 'alert', tone: 'bad' },
  unknown: { word: 'Not known yet', icon: 'waiting', tone: 'soft' },
};

export const parts: Record<string, string> = {
  database: 'Database',
  outbox: 'Outbox',
  schedules: 'Schedules',
  queues: 'Queues',
  dead_letters: 'Dead letters',
  storage: 'Storage',
  alarms: 'Alarms',
};

/** Something is in it, or nobody knows. */
export const isBusy = ({ dead, waiting, in_flight, delayed }: Queue): boolean =>
  (dead ?? 1) + (waiting ?? 1) + (in_flight ?? 0) + (delayed ?? 0) > 0;

/** Queues that somebody should look at first, then those with something in them, then by name. */
export function byNeed(queues: Queue[]): Queue[] {
  const weight = (queue: Queue) => ((queue.dead ?? 1) > 0 ? 0 : isBusy(queue) ? 1 : 2);
  return queues.toSorted((a, b) => weight(a) - weight(b) || a.name.localeCompare(b.name));
}

/** Every hour of the last day, those without a photo too. */
export function everyHour(history: Schemas['History']): Schemas['RestorationsHour'][] {
  const known = new Map(history.hours.map((hour) => [new Date(hour.hour).getTime(), hour]));
  const end = new Date(history.measured_at);
  end.setUTCMinutes(0, 0, 0);
  return Array.from({ length: 24 }, (_, index) => {
    const at = end.getTime() - (23 - index) * 3_600_000;
    return (
      known.get(at) ?? {
        hour: new Date(at).toISOString(),
        finished: 0,
        failed: 0,
        p50_seconds: null,
        p95_seconds: null,
      }
    );
  });
}
