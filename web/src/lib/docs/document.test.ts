import { describe, expect, it } from 'vitest';
import { curlOf, limitsOf, objectIn, operationsOf, typeOf, type OpenApi } from './document';

const document: OpenApi = {
  paths: {
    '/api/v1/things': {
      post: {
        operationId: 'makeThing',
        summary: 'Make a thing',
        tags: ['things'],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        responses: { '201': { description: 'Made' }, '400': { description: 'Refused' } },
      },
      parameters: {},
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 20 },
          parent: { anyOf: [{ $ref: '#/components/schemas/Thing' }, { type: 'null' }] },
        },
      },
    },
  },
};

describe('the reference', () => {
  const [operation] = operationsOf(document);

  it('lists operations, and nothing else of a path', () => {
    expect(operationsOf(document).map(({ method, id }) => [method, id])).toEqual([['POST', 'makeThing']]);
    expect(operation?.answers.map(({ status }) => status)).toEqual(['201', '400']);
  });

  it.each([
    [{ $ref: '#/components/schemas/Thing' }, 'Thing'],
    [{ type: 'array', items: { type: 'string', format: 'uuid' } }, 'array of string, uuid'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'integer or null'],
    [{ enum: ['a', 'b'] }, '"a" | "b"'],
    [{}, 'anything'],
  ])('says a type in one line', (schema, words) => expect(typeOf(document, schema)).toBe(words));

  it.each([
    [{ minLength: 1, maxLength: 20 }, '1 to 20 characters'],
    [{ maxItems: 500 }, 'at most 500 items'],
    [{ minimum: 0, default: 3 }, 'at least 0, default 3'],
    [{}, ''],
  ])('says limits', (schema, words) => expect(limitsOf(schema)).toBe(words));

  it('finds the object in a list', () =>
    expect(objectIn(document, { items: { $ref: '#/components/schemas/Thing' } })?.title).toBe('Thing'));

  it('ends, whatever a schema refers to', () =>
    expect(operation && curlOf(document, 'http://here', operation)).toContain('"name":"text"'));
});
