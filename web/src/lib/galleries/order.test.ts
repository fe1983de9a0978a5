import { describe, expect, it } from 'vitest';
import { everything, extended, moved, nothing, toggled } from './order';

const list = [...'abcdef'].map((id) => ({ id }));
const ids = (...names: string[]) => new Set(names);
const after = (chosen: Set<string>, place: number) =>
  moved(list, chosen, place)
    .map(({ id }) => id)
    .join('');

describe('moved', () => {
  it.each([
    [ids('a'), 3, 'bcadef'],
    [ids('e'), 1, 'aebcdf'],
    [ids('a', 'f'), 3, 'bcafde'],
    [ids('b', 'c'), 2, 'abcdef'],
    [ids('a'), 6, 'bcdefa'],
    [ids(...'abcdef'), 2, 'abcdef'],
    [ids(), 2, 'abcdef'],
  ])('%o before %i', (chosen, place, order) => expect(after(chosen, place)).toBe(order));
});

describe('choosing', () => {
  it('goes on and off', () => {
    const one = toggled(nothing, 'b');
    expect([...one.ids]).toEqual(['b']);
    expect([...toggled(one, 'b').ids]).toEqual([]);
  });
  it('reaches from where it began, in either direction, and keeps what was chosen before', () => {
    const begun = toggled(toggled(nothing, 'f'), 'c');
    expect([...extended(begun, list, 'a').ids].sort()).toEqual(['a', 'b', 'c', 'f']);
    expect([...extended(begun, list, 'e').ids].sort()).toEqual(['c', 'd', 'e', 'f']);
    expect(extended(begun, list, 'e').anchor).toBe('c');
  });
  it('begins where nothing did', () =>
    expect(extended(nothing, list, 'd')).toEqual({ ids: ids('d'), anchor: 'd' }));
  it('takes all', () => expect(everything(list).ids.size).toBe(6));
});
