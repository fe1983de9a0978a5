/** The same for many, a few at a time. All are tried; the first that failed is told at the end. */
export const AT_ONCE = 6;

export async function each(ids: Iterable<string>, act: (id: string) => Promise<unknown>): Promise<void> {
  const left = [...ids];
  const failures: unknown[] = [];
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      await act(id).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}
