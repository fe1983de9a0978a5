import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { anchor, chapters, inline } from './runbooks';

const real = chapters(readFileSync(new URL('../../../../docs/runbooks.md', import.meta.url), 'utf8'));

it('reads every chapter, and links between them lead to one', () => {
  const anchors = real.map((chapter) => chapter.anchor);
  expect(anchors).toContain('queue-age');
  expect(anchors).toContain('storage-use');
  const links = real
    .flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'p' ? block.inline : block.items.flat())),
    )
    .filter((part) => part.kind === 'link');
  for (const { to } of links) if (to.startsWith('#')) expect(anchors).toContain(to.slice(1));
  expect(real.every(({ blocks }) => blocks.length > 0)).toBe(true);
});

it('keeps paragraphs and lists apart, and lines of one item together', () => {
  const [only] = chapters('# All\n\n## One thing\nFirst\nline.\n1. Look\n   twice.\n2. Mend.\n\nLast.\n');
  expect(only).toEqual({
    anchor: 'one-thing',
    title: 'One thing',
    blocks: [
      { kind: 'p', inline: [{ kind: 'text', text: 'First line.' }] },
      {
        kind: 'ol',
        items: [[{ kind: 'text', text: 'Look twice.' }], [{ kind: 'text', text: 'Mend.' }]],
      },
      { kind: 'p', inline: [{ kind: 'text', text: 'Last.' }] },
    ],
  });
});

it('knows code, links and emphasis', () => {
  expect(inline('Run `make` or see [Outbox](#outbox), *now*.')).toEqual([
    { kind: 'text', text: 'Run ' },
    { kind: 'code', text: 'make' },
    { kind: 'text', text: ' or see ' },
    { kind: 'link', text: 'Outbox', to: '#outbox' },
    { kind: 'text', text: ', ' },
    { kind: 'em', text: 'now' },
    { kind: 'text', text: '.' },
  ]);
  expect(anchor('docs/runbooks.md#queue-age')).toBe('queue-age');
});
