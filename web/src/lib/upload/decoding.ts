/** Photos are decoded a few at a time: each takes the memory of all its pixels meanwhile. */
const AT_ONCE = 2;
const waiting: (() => Promise<void>)[] = [];
let decoding = 0;

export function inTurn(act: () => Promise<void>): void {
  waiting.push(act);
  pump();
}

function pump(): void {
  while (decoding < AT_ONCE) {
    const next = waiting.shift();
    if (!next) return;
    decoding += 1;
    void next().finally(() => {
      decoding -= 1;
      pump();
    });
  }
}
