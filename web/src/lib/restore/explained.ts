/** Problems of ordering, with what to do next. */
import { Problem } from '../api/problem';

/** What to do next, in words. Mistakes in fields are said beside them. */
export function explained(problem: Problem): Problem {
  const say = (title: string, detail: string) =>
    new Problem({ ...parts(problem), title, detail, fields: problem.fields });
  switch (problem.status) {
    case 400:
      return problem.field('email') ? say('Please check the address', problem.field('email') ?? '') : problem;
    case 402:
      return say(
        'Your credits do not cover this order',
        'Pay by card instead, or leave some photos out. Everything here is kept.',
      );
    case 429: {
      const { retryAfter } = problem;
      const wait =
        retryAfter && retryAfter < 120 ? `in ${Math.ceil(retryAfter)} seconds` : 'in a few minutes';
      return say('Too many tries', `Please press the button again ${wait}. Everything here is kept.`);
    }
    case 502:
    case 503:
      return say(
        'The payment page cannot be opened just now',
        'Nothing was charged, and your photos are kept. Please try again in a minute.',
      );
    default:
      return problem;
  }
}

const parts = ({ status, requestId, retryAfter }: Problem) => ({ status, requestId, retryAfter });
