/** An address with some of what it asks for changed; null takes it out. */
export function withAsks(path: string, asks: URLSearchParams, change: Record<string, string | null>): string {
  const search = new URLSearchParams(asks);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) search.delete(key);
    else search.set(key, value);
  }
  const query = search.toString();
  return `${path}${query ? `?${query}` : ''}`;
}
