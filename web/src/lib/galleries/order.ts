/** Putting photos into another order, and choosing several of them. Lists come in and lists go out. */

/** Takes these out of the list and puts them, in the list's order, before what stood at `place`. */
export function moved<T extends { id: string }>(list: T[], ids: ReadonlySet<string>, place: number): T[] {
  const taken = list.filter(({ id }) => ids.has(id));
  const before = list.slice(0, place).filter(({ id }) => !ids.has(id));
  const after = list.slice(place).filter(({ id }) => !ids.has(id));
  return [...before, ...taken, ...after];
}

export interface Selection {
  ids: ReadonlySet<string>;
  /** Where a range begins. */
  anchor: string | null;
}

export const nothing: Selection = { ids: new Set(), anchor: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Everything from the anchor to here is chosen as well; without an anchor only this one. */
export function extended(selection: Selection, order: { id: string }[], id: string): Selection {
  const from = order.findIndex((each) => each.id === selection.anchor);
  const to = order.findIndex((each) => each.id === id);
  if (from < 0 || to < 0) return { ids: new Set([...selection.ids, id]), anchor: id };
  const reached = order.slice(Math.min(from, to), Math.max(from, to) + 1).map((each) => each.id);
  return { ids: new Set([...selection.ids, ...reached]), anchor: selection.anchor };
}

export function everything(order: { id: string }[]): Selection {
  return { ids: new Set(order.map(({ id }) => id)), anchor: order[0]?.id ?? null };
}

/** What a later page brings that is not in the list yet: rows may have moved while pages were turned. */
export function joined<T extends { id: string }>(list: T[], more: T[]): T[] {
  const known = new Set(list.map(({ id }) => id));
  return [...list, ...more.filter(({ id }) => !known.has(id))];
}

export function without<T extends { id: string }>(list: T[], ids: ReadonlySet<string>): T[] {
  return list.filter(({ id }) => !ids.has(id));
}
