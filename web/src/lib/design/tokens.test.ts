import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const pairs = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name, paper, safelight]) => [name, { paper, safelight }] as const,
  ),
);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['ground', 'raised', 'sunken'];
const text = ['ink', 'ink-soft', 'accent-ink', 'good', 'warn', 'bad'];
const controls = ['line', 'focus', 'accent'];

describe.each(['paper', 'safelight'] as const)('%s', (theme) => {
  const colour = (name: string): string => {
    const found = pairs.get(name)?.[theme];
    if (!found) throw new Error(`no colour is called ${name}`);
    return found;
  };

  it.each(grounds.flatMap((ground) => text.map((ink) => [ink, ground] as const)))(
    '%s is read on %s at AA',
    (ink, ground) => expect(contrast(colour(ink), colour(ground))).toBeGreaterThanOrEqual(4.5),
  );

  it.each([
    ['on-accent', 'accent'],
    ['on-accent', 'accent-strong'],
    ['on-stage', 'stage'],
    ['stage-soft', 'stage'],
    ['accent-ink', 'accent-wash'],
    ['ink', 'accent-wash'],
    ['ink-soft', 'accent-wash'],
  ])('%s is read on %s at AA', (ink, ground) =>
    expect(contrast(colour(ink), colour(ground))).toBeGreaterThanOrEqual(4.5),
  );

  it.each(grounds.flatMap((ground) => controls.map((control) => [control, ground] as const)))(
    '%s stands out from %s at 3:1',
    (control, ground) => expect(contrast(colour(control), colour(ground))).toBeGreaterThanOrEqual(3),
  );
});

it('every colour of the file is one of the pairs, or a shade over them', () => {
  const outside = css.replace(/light-dark\([^;]*;/g, '').match(/#[0-9a-f]{3,8}\b/g);
  expect(outside).toBeNull();
});
