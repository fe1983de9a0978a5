/** How well typed letters find a name: all of them, in order, better at the beginning of words. Null: not at all. */
export function match(typed: string, name: string, words = ''): number | null {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return 0;
  const title = name.toLowerCase();
  if (title.startsWith(wanted)) return 100;
  if (title.split(/\s+/).some((word) => word.startsWith(wanted))) return 80;
  if (
    words
      .toLowerCase()
      .split(/\s+/)
      .some((word) => word.startsWith(wanted))
  )
    return 60;
  if (title.includes(wanted)) return 40;
  let at = -1;
  for (const letter of wanted) {
    at = title.indexOf(letter, at + 1);
    if (at < 0) return null;
  }
  return 10;
}
