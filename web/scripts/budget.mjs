// What a first visit must load before anything shows, compressed, against the budget. Needs a build.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const BUDGET = 120_000;
const build = fileURLToPath(new URL('../build', import.meta.url));
if (!existsSync(`${build}/index.html`)) {
  console.error('web/build is not there: run `npm run build` first.');
  process.exit(1);
}

const html = readFileSync(`${build}/index.html`, 'utf8');
const manifest = JSON.parse(
  readFileSync(new URL('../.svelte-kit/output/client/.vite/manifest.json', import.meta.url), 'utf8'),
);
const byFile = new Map(Object.values(manifest).map((entry) => [entry.file, entry]));

/** A file and everything that it imports statically. */
function reach(files) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const key of byFile.get(file)?.imports ?? []) visit(manifest[key].file);
  };
  files.forEach(visit);
  return found;
}

function weigh(files) {
  const bytes = [...files].map((file) => readFileSync(`${build}/${file}`));
  const sum = (compress) => bytes.reduce((total, one) => total + compress(one).length, 0);
  return {
    files: bytes.length,
    gzip: sum((one) => gzipSync(one, { level: 9 })),
    brotli: sum(brotliCompressSync),
  };
}

const preloaded = [...html.matchAll(/href="\/(_app\/[^"]+\.js)" rel="modulepreload"/g)].map(
  ([, file]) => file,
);
const shell = reach([...preloaded, 'theme.js']);

// Kit's own table of routes: `"/(in)/account": [5,[2]]` is page 5 inside layout 2 (and the root's layout 0).
const app = readFileSync(
  new URL('../.svelte-kit/generated/client-optimized/app.js', import.meta.url),
  'utf8',
);
const nodeFile = (number) =>
  manifest[`.svelte-kit/generated/client-optimized/nodes/${number}.js`]?.file ?? `unknown node ${number}`;
const routes = [...app.matchAll(/"(\/[^"]*)": \[~?(\d+)(?:,\[([\d,]*)\])?/g)].map(
  ([, route, page, layouts]) => ({
    route,
    nodes: [page, ...(layouts ? layouts.split(',').filter(Boolean) : [])],
  }),
);
if (routes.length === 0) throw new Error("Kit's table of routes is not where it was");

let over = false;
for (const { route, nodes } of routes) {
  const { gzip, brotli, files } = weigh(
    new Set([...shell, ...nodes.flatMap((node) => [...reach([nodeFile(node)])])]),
  );
  over ||= gzip > BUDGET;
  const kilobytes = (value) => (value / 1000).toFixed(1).padStart(6);
  console.log(
    `${kilobytes(gzip)} kB gzip ${kilobytes(brotli)} kB brotli ${String(files).padStart(3)} files  ${route}`,
  );
}
console.log(
  over ? `Over the budget of ${BUDGET / 1000} kB.` : `Each within the budget of ${BUDGET / 1000} kB gzip.`,
);
if (over) process.exit(1);
