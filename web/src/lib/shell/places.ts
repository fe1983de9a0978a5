/** Where one can go. A product adds its line here, and the rail, the bar, the palette and the keys know it. */
import type { IconName } from '../ui/icons';

export interface Place {
  path: string;
  name: string;
  icon: IconName;
  /** Pressed after `g`. */
  key: string;
  words: string;
  admin?: boolean;
  /** Only found in the palette. */
  quiet?: boolean;
  /** In a phone's bar itself; the others are behind its More. */
  bar?: boolean;
  /** What it is called in a phone's bar, where a long name does not fit. */
  short?: string;
  /** Other addresses that belong to it. */
  also?: string;
  /** Pictures take the whole width of the window; text does not. */
  wide?: boolean;
}

export const places: Place[] = [
  { path: '/', name: 'Overview', icon: 'overview', key: 'o', words: 'home dashboard stats', bar: true },
  {
    path: '/captures',
    name: 'Captures',
    icon: 'camera',
    key: 'c',
    words: 'camera photo now film timelapse day',
    bar: true,
  },
  {
    path: '/captures/cameras',
    name: 'Cameras',
    icon: 'webcam',
    key: 'm',
    words: 'devices agent pair add pause privacy online offline',
    quiet: true,
  },
  {
    path: '/captures/schedules',
    name: 'Schedules',
    icon: 'clock',
    key: 's',
    words: 'timetable every minutes cron plan when',
    quiet: true,
  },
  {
    path: '/galleries',
    name: 'Galleries',
    icon: 'galleries',
    key: 'g',
    words: 'albums curate collections upload',
    bar: true,
    wide: true,
  },
  {
    path: '/photos',
    name: 'Photos',
    icon: 'photos',
    key: 'p',
    words: 'upload add pictures images library',
    bar: true,
    wide: true,
  },
  {
    path: '/photos/trash',
    name: 'Trash',
    icon: 'trash',
    key: 'x',
    words: 'deleted photos restore bin',
    quiet: true,
  },
  {
    path: '/restorations',
    name: 'Restorations',
    short: 'Restore',
    icon: 'restore',
    key: 'r',
    words: 'old photos orders repair scratches clear',
    bar: true,
    also: '/restore',
  },
  {
    path: '/restore',
    name: 'Restore photos',
    icon: 'restore',
    key: 'n',
    words: 'old photos order new repair scratches upload pay',
    quiet: true,
    wide: true,
  },
  {
    path: '/earnings',
    name: 'Earnings',
    icon: 'coins',
    key: 'e',
    words: 'money credits balance ledger paid',
  },
  {
    path: '/account',
    name: 'Account',
    icon: 'account',
    key: 'a',
    words: 'profile password phone theme export delete',
  },
  {
    path: '/admin/users',
    name: 'People',
    icon: 'people',
    key: 'u',
    words: 'users admin suspend role',
    admin: true,
  },
  {
    path: '/admin/orders',
    name: 'Orders',
    icon: 'receipt',
    key: 'b',
    words: 'refund held disputed payments money restorations admin',
    admin: true,
  },
  {
    path: '/admin/operations',
    name: 'Operations',
    icon: 'gauge',
    key: 'h',
    words: 'health alarms queues metrics runbook storage admin',
    admin: true,
  },
  {
    path: '/docs',
    name: 'API reference',
    icon: 'code',
    key: 'd',
    words: 'openapi developers docs',
    quiet: true,
  },
];

export function here(path: string, place: Place): boolean {
  const within = (root: string) => path === root || path.startsWith(`${root}/`);
  return place.path === '/' ? path === '/' : within(place.path) || (place.also ? within(place.also) : false);
}
