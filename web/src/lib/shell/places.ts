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
  /** Pictures take the whole width of the window; text does not. */
  wide?: boolean;
}

export const places: Place[] = [
  { path: '/', name: 'Overview', icon: 'overview', key: 'o', words: 'home dashboard earnings balance stats' },
  {
    path: '/galleries',
    name: 'Galleries',
    icon: 'galleries',
    key: 'g',
    words: 'albums curate collections upload',
    wide: true,
  },
  {
    path: '/photos',
    name: 'Photos',
    icon: 'photos',
    key: 'p',
    words: 'upload add pictures images library',
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
    path: '/docs',
    name: 'API reference',
    icon: 'code',
    key: 'd',
    words: 'openapi developers docs',
    quiet: true,
  },
];

export function here(path: string, place: Place): boolean {
  return place.path === '/' ? path === '/' : path === place.path || path.startsWith(`${place.path}/`);
}
