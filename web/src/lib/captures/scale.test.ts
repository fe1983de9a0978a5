import { expect, it } from 'vitest';
import { roundTop } from './scale';

it.each([
  [0, 4],
  [3, 4],
  [5, 5],
  [6, 10],
  [48, 50],
  [96, 100],
  [144, 200],
  [1440, 2000],
  [2400, 4000],
])('above %i stands %i', (most, top) => expect(roundTop(most)).toBe(top));
