import { describe, expect, it } from 'vitest';
import { photosIn, walk, type EntryLike } from './files';

const file = (name: string): EntryLike => ({
  isFile: true,
  isDirectory: false,
  file: (found) => found(new File([], name)),
});

/** As browsers do it: some entries at a time, and an empty answer at the end. */
function folder(...entries: EntryLike[]): EntryLike {
  return {
    isFile: false,
    isDirectory: true,
    createReader: () => {
      const left = [...entries];
      return { readEntries: (found) => found(left.splice(0, 2)) };
    },
  };
}

const names = (files: File[]) => files.map(({ name }) => name);

describe('a folder', () => {
  it('is walked to its depths, for its photos alone', async () => {
    const found = await walk(
      folder(
        file('a.jpg'),
        file('Thumbs.db'),
        folder(file('b.HEIC'), folder(file('c.png'))),
        file('._d.jpg'),
      ),
    );
    expect(names(found)).toEqual(['a.jpg', 'b.HEIC', 'c.png']);
  });
  it('that is empty holds none', async () => expect(await walk(folder())).toEqual([]));
});

it('a file that was chosen itself is looked at, whatever its name', async () =>
  expect(names(await walk(file('notes.txt'), true))).toEqual(['notes.txt']));

it('names tell photos from the rest', () =>
  expect(
    names(photosIn(['a.JPEG', 'b.webp', 'c.heif', 'd.gif', 'jpg'].map((name) => new File([], name)))),
  ).toEqual(['a.JPEG', 'b.webp', 'c.heif']));
