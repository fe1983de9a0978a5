/** What may be uploaded, told early and in words: the API and the storage refuse the same things again. */
export const LARGEST = 50_000_000;

/** For the picker. What a file really is, is read from its first bytes. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif';

export type PhotoType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/heic' | 'image/heif';

const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx']);
const HEIF_BRANDS = new Set(['mif1', 'msf1']);

export function photoType(head: Uint8Array): PhotoType | null {
  const ascii = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (ascii(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'image/webp';
  if (ascii(4, 8) === 'ftyp') {
    if (HEIC_BRANDS.has(ascii(8, 12))) return 'image/heic';
    if (HEIF_BRANDS.has(ascii(8, 12))) return 'image/heif';
  }
  return null;
}

export type Look = { type: PhotoType } | { refused: string };

export async function look(file: File): Promise<Look> {
  if (file.size === 0) return { refused: 'This file is empty.' };
  if (file.size > LARGEST) return { refused: 'Larger than 50 MB. Export a smaller copy and add that.' };
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  } catch {
    return { refused: 'We couldn’t read this file. It may have been moved or deleted.' };
  }
  const type = photoType(head);
  return type
    ? { type }
    : { refused: 'We couldn’t read this file: it is not a JPEG, PNG, WebP or HEIC photo.' };
}
