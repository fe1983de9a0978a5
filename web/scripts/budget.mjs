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
  return { files: bytes.length, gzip: sum((one) => gzipSync(one, { level: 9 })), brotli: sum(brotliCompressSync) };
}

const preloaded = [...html.matchAll(/href="\/(_app\/[^"]+\.js)" rel="modulepreload"/g)].map(([, file]) => file);
const nodes = Object.entries(manifest).filter(([key]) => /generated\/client(-optimized)?\/nodes\/\d+\.js$/.test(key));
const shell = reach([...preloaded, 'theme.js']);

let heaviest = { name: '', gzip: 0 };
const pages = nodes.map(([, { file }]) => {
  const all = weigh(new Set([...shell, ...reach([file])]));
  if (all.gzip > heaviest.gzip) heaviest = { name: file, ...all };
  return all;
});
// A page is loaded inside its layouts: count every layout with the heaviest page, which no real visit exceeds.
const everything = weigh(new Set([...shell, ...nodes.flatMap(([, { file }]) => [...reach([file])])]));
const first = weigh(shell);
console.log(`shell                 ${(first.gzip / 1000).toFixed(1)} kB gzip, ${(first.brotli / 1000).toFixed(1)} kB brotli`);
console.log(`shell + heaviest node ${(heaviest.gzip / 1000).toFixed(1)} kB gzip`);
console.log(`all ${pages.length} nodes together ${(everything.gzip / 1000).toFixed(1)} kB gzip (budget ${BUDGET / 1000} kB for a first load)`);
if (heaviest.gzip > BUDGET) process.exit(1);
