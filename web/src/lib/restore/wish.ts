/** What one can wish for, in words. */
export interface Amount {
  name: string;
  text: string;
}

/** From most to least change. The number says how faithful the result is to what was brought. */
const AMOUNTS: [from: number, amount: Amount][] = [
  [
    0.9,
    { name: 'Keep every line', text: 'Only what is certainly damage goes. Grain and tone stay as they are.' },
  ],
  [0.75, { name: 'Gentle', text: 'Scratches and dust go; the print keeps its age.' }],
  [0.55, { name: 'Balanced', text: 'Clean, clear and true to the print. What we suggest.' }],
  [0.3, { name: 'Thorough', text: 'Strong cleaning and fresh colour. Fine texture may be smoothed.' }],
  [0, { name: 'Make it new', text: 'As if taken today. Small details may be drawn anew.' }],
];

export const USUAL_FIDELITY = 0.7;

export function amountOf(fidelity: number): Amount {
  const found = AMOUNTS.find(([from]) => fidelity >= from - 1e-9) ?? AMOUNTS.at(-1);
  return (found as [number, Amount])[1];
}

export const sizeName = (upscale: number): string => (upscale === 1 ? 'Same size' : `${upscale}× larger`);

/** Few photos are shown large, many side by side. */
export function columnsFor(photos: number, width: number): number {
  const [least, gap] = [380, 24];
  const most = photos <= 1 ? 1 : photos <= 4 ? 2 : 4;
  return Math.max(1, Math.min(most, Math.floor((width + gap) / (least + gap))));
}

/** Photos in columns of about the same height, in about their order. Heights are per width. */
export function inColumns<T>(items: T[], count: number, heightOf: (item: T) => number): T[][] {
  const columns = Array.from({ length: Math.max(1, count) }, () => ({ height: 0, items: [] as T[] }));
  for (const item of items) {
    const shortest = columns.reduce((best, column) => (column.height < best.height - 1e-6 ? column : best));
    shortest.items.push(item);
    shortest.height += heightOf(item);
  }
  return columns.map((column) => column.items);
}
