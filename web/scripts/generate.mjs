// Writes the client's types from the committed OpenAPI document. With --check, only says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../functions/operations/openapi.json', import.meta.url);
const target = new URL('../src/lib/api/schema.d.ts', import.meta.url);

const document = JSON.parse(readFileSync(process.env.OPENAPI ?? source, 'utf8'));
const types = astToString(await openapiTS(document, { alphabetize: true }));
const text = `// Generated from functions/operations/openapi.json by \`npm run generate\`. Not edited by hand.\n${types}`;

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`${Object.keys(document.paths).length} paths typed`);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/lib/api/schema.d.ts is not what the OpenAPI document says: run `npm run generate`.');
  process.exit(1);
}
