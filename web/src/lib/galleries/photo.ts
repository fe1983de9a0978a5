/** What every list of photos knows of one, whoever looks at it. */
import { takenShortly, type Dated } from './dates';
import type { Shape } from './justified';

export interface Photo extends Shape, Dated {
  id: string;
  url: string;
  thumbnail_url: string;
  thumbhash: string | null;
  original_filename: string;
  content_type: string;
}

export const labelOf = (photo: Photo): string => `${photo.original_filename}, ${takenShortly(photo)}`;

const THUMBNAIL_EDGE = 400;
const STRETCH = 1.5; // a thumbnail may be shown that much larger than it is before the next picture is fetched

/** The smallest of its pictures that looks sharp in a tile of this size. */
export function pictureFor(photo: Photo, width: number, height: number, density: number): string {
  return Math.max(width, height) * density > THUMBNAIL_EDGE * STRETCH ? photo.url : photo.thumbnail_url;
}
