import { describe, expect, it } from 'vitest';
import { match } from './match';

describe('match', () => {
  it('puts what begins so before what only contains it', () => {
    const found = ['Sign out', 'Photos', 'Add photos', 'Top hat'].map((name) => match('pho', name));
    expect(found).toEqual([null, 100, 80, null]);
  });
  it('finds a page by a word that is not its name', () => {
    expect(match('dash', 'Overview', 'home dashboard')).toBe(60);
  });
  it('forgives left out letters, not their order', () => {
    expect(match('acnt', 'Account')).toBe(10);
    expect(match('tca', 'Account')).toBeNull();
  });
  it('shows everything to who has typed nothing', () => expect(match(' ', 'Account')).toBe(0));
});
