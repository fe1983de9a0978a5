/** Reads an OpenAPI 3.1 document into what the reference page shows. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface RawOperation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: Content;
  responses?: Record<string, Content & { description?: string }>;
}

export interface OpenApi {
  info?: { title?: string; version?: string; description?: string };
  paths: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  parameters: Parameter[];
  body: Schema | null;
  answers: { status: string; description: string; schema: Schema | null }[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function schemaOf(content: Content | undefined): Schema | null {
  const kinds = content?.content ?? {};
  return (kinds['application/json'] ?? Object.values(kinds)[0])?.schema ?? null;
}

export function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const raw = methods[method];
      if (!raw) return [];
      return [
        {
          id: raw.operationId ?? `${method}${path}`,
          method: method.toUpperCase(),
          path,
          tag: raw.tags?.[0] ?? path.split('/')[3] ?? 'other',
          summary: raw.summary ?? '',
          description: raw.description ?? '',
          parameters: raw.parameters ?? [],
          body: schemaOf(raw.requestBody),
          answers: Object.entries(raw.responses ?? {}).map(([status, answer]) => ({
            status,
            description: answer.description ?? '',
            schema: schemaOf(answer),
          })),
        },
      ];
    }),
  );
}

export function resolve(document: OpenApi, schema: Schema): Schema {
  if (!schema.$ref) return schema;
  const name = schema.$ref.split('/').at(-1) ?? '';
  return { title: name, ...document.components?.schemas?.[name] };
}

/** A type in one line: `string, uuid`, `array of Entry`, `integer or null`. */
export function typeOf(document: OpenApi, schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map((one) => typeOf(document, one)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.items) return `array of ${typeOf(document, schema.items)}`;
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
  return schema.format ? `${type}, ${schema.format}` : type;
}

export function limitsOf(schema: Schema): string {
  const range = (low: number | undefined, high: number | undefined, unit: string): string[] => {
    if (low !== undefined && high !== undefined) return [`${low} to ${high}${unit}`];
    if (high !== undefined) return [`at most ${high}${unit}`];
    return low === undefined ? [] : [`at least ${low}${unit}`];
  };
  return [
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' items'),
    ...range(schema.minimum, schema.maximum, ''),
    ...(schema.default === undefined || schema.default === null
      ? []
      : [`default ${JSON.stringify(schema.default)}`]),
  ].join(', ');
}

/** The objects inside a schema that are worth opening: itself, what it lists, what it may be. */
export function objectIn(document: OpenApi, schema: Schema | null): Schema | null {
  if (!schema) return null;
  const known = resolve(document, schema);
  if (known.properties) return known;
  if (known.items) return objectIn(document, known.items);
  for (const one of known.anyOf ?? known.oneOf ?? known.allOf ?? []) {
    const found = objectIn(document, one);
    if (found) return found;
  }
  return null;
}

export function exampleOf(document: OpenApi, schema: Schema, depth = 0): unknown {
  const known = resolve(document, schema);
  if (known.default !== undefined && known.default !== null) return known.default;
  if (known.const !== undefined) return known.const;
  if (known.enum) return known.enum[0];
  const either = known.anyOf ?? known.oneOf ?? known.allOf;
  if (either?.[0]) return exampleOf(document, either[0], depth);
  if (known.properties && depth < 4) {
    return Object.fromEntries(
      Object.entries(known.properties).map(([name, value]) => [name, exampleOf(document, value, depth + 1)]),
    );
  }
  if (known.items) return depth < 4 ? [exampleOf(document, known.items, depth + 1)] : [];
  if (known.type === 'integer' || known.type === 'number') return known.minimum ?? 1;
  if (known.type === 'boolean') return true;
  if (known.type === 'object') return {};
  return known.format === 'email' ? 'ada@example.com' : 'text';
}

export function curlOf(document: OpenApi, origin: string, { method, path, body }: Operation): string {
  const lines = [`curl -X ${method} '${origin}${path}'`, `-H "Authorization: Bearer $TOKEN"`];
  if (body) {
    const text = JSON.stringify(exampleOf(document, body)).replaceAll("'", "'\\''");
    lines.push(`-H 'Content-Type: application/json'`, `-d '${text}'`);
  }
  return lines.join(' \\\n  ');
}
