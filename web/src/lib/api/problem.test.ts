import { describe, expect, it } from 'vitest';
import { Problem, problemOf, toProblem } from './problem';

describe('problemOf', () => {
  it('takes title, detail, fields and the request id from the document', () => {
    const problem = problemOf(new Response(null, { status: 400 }), {
      title: 'Invalid request',
      detail: 'Two fields need another look.',
      errors: [{ field: 'body.email', message: 'is not an e-mail address' }, { field: 1 }, null],
      request_id: 'req-1',
    });
    expect(problem).toMatchObject({ status: 400, title: 'Invalid request', requestId: 'req-1' });
    expect(problem.fields).toHaveLength(1);
    expect(problem.field('email')).toBe('is not an e-mail address');
    expect(problem.field('name')).toBeUndefined();
  });

  it.each([undefined, null, '<html>', 7, { title: '  ' }])('finds words when the body is %j', (body) => {
    const problem = problemOf(new Response(null, { status: 503 }), body);
    expect(problem.title).not.toBe('');
    expect(problem.detail).toContain('try again');
    expect(problem.passing).toBe(true);
  });

  it('reads Retry-After in seconds and leaves a date alone', () => {
    const after = (value: string) =>
      problemOf(new Response(null, { status: 429, headers: { 'Retry-After': value } }), null).retryAfter;
    expect(after('30')).toBe(30);
    expect(after('Wed, 21 Oct 2026 07:28:00 GMT')).toBeUndefined();
  });

  it('a refused request is not worth repeating', () => {
    expect(problemOf(new Response(null, { status: 409 }), null).passing).toBe(false);
  });
});

describe('toProblem', () => {
  it('knows a network that is gone from a mistake of ours', () => {
    expect(toProblem(new TypeError('Failed to fetch')).unreachable).toBe(true);
    expect(toProblem(new RangeError('ours')).unreachable).toBe(false);
  });

  it('lets a problem through', () => {
    const problem = new Problem({ status: 402, title: 'Too few credits', detail: '' });
    expect(toProblem(problem)).toBe(problem);
  });
});
