/** Files out of what was dropped or picked, folders walked through. */
const PHOTO_NAME = /\.(jpe?g|png|webp|hei[cf])$/i;

/** The parts of the browser's entries that are used here. */
export interface EntryLike {
  isFile: boolean;
  isDirectory: boolean;
  file?(found: (file: File) => void, failed: (error: unknown) => void): void;
  createReader?(): {
    readEntries(found: (entries: EntryLike[]) => void, failed: (error: unknown) => void): void;
  };
}

/** A folder holds more than photos, and nobody chose each file of it: only those that call themselves photos count. */
export const photosIn = (files: File[]): File[] =>
  files.filter(({ name }) => PHOTO_NAME.test(name) && !name.startsWith('.'));

/** Must be called while the drop is being handled: afterwards the browser forgets what was dropped. */
export async function dropped(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => item.webkitGetAsEntry() as EntryLike | null);
  const files = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (
    await Promise.all(entries.filter((entry) => entry !== null).map((entry) => walk(entry, true)))
  ).flat();
}

export async function walk(entry: EntryLike, named = false): Promise<File[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((found, failed) => entry.file?.(found, failed));
    return named ? [file] : photosIn([file]);
  }
  const reader = entry.createReader?.();
  if (!reader) return [];
  const inside: EntryLike[] = [];
  for (;;) {
    // A browser gives a hundred at a time, and nothing when there are no more.
    const some = await new Promise<EntryLike[]>((found, failed) => reader.readEntries(found, failed));
    if (some.length === 0) break;
    inside.push(...some);
  }
  const found: File[] = [];
  for (const each of inside) found.push(...(await walk(each)));
  return found;
}
