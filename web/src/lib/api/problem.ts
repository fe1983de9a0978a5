/** Everything that can go wrong with a request, as one shape: RFC 9457 from the API, or what stopped us reaching it. */
export interface FieldError {
  field: string;
  message: string;
}

interface ProblemParts {
  status: number;
  title: string;
  detail: string;
  fields?: FieldError[];
  requestId?: string | undefined;
  retryAfter?: number | undefined;
}

export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly fields: FieldError[];
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(parts: ProblemParts) {
    super(`${parts.title}: ${parts.detail}`);
    this.name = 'Problem';
    this.status = parts.status;
    this.title = parts.title;
    this.detail = parts.detail;
    this.fields = parts.fields ?? [];
    this.requestId = parts.requestId;
    this.retryAfter = parts.retryAfter;
  }

  /** No answer came at all. */
  get unreachable(): boolean {
    return this.status === 0;
  }

  /** Worth another try with the same request. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  field(name: string): string | undefined {
    return this.fields.find((entry) => entry.field === name || entry.field.endsWith(`.${name}`))?.message;
  }
}

const words: Record<number, [title: string, detail: string]> = {
  401: ['Please sign in again', 'Your session has ended.'],
  403: ['Not allowed', 'Your account may not do this.'],
  404: ['Not found', 'It may have been deleted, or it is not yours to see.'],
  413: ['Too large', 'This is more than we can take at once.'],
  429: ['Too many tries', 'Please wait a moment before the next one.'],
  502: ['A service we rely on did not answer', 'Please try again in a minute.'],
  503: ['Darkroom is catching its breath', 'Please try again in a minute.'],
};

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { field, message } = entry as Record<string, unknown>;
    return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
  });
}

/** `body` may be a problem document, something else of a proxy on the way, or nothing. */
export function problemOf(response: Response, body: unknown): Problem {
  const document = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const [title, detail] = words[response.status] ?? [
    'Something went wrong',
    'Nothing was lost. Please try again.',
  ];
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return new Problem({
    status: response.status,
    title: text(document['title']) ?? title,
    detail: text(document['detail']) ?? detail,
    fields: fieldErrors(document['errors']),
    requestId: text(document['request_id']) ?? response.headers.get('X-Request-Id') ?? undefined,
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  });
}

export function unreachable(): Problem {
  return new Problem({
    status: 0,
    title: "We can't reach Darkroom",
    detail: 'Check your connection. What you typed is still here.',
  });
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return unreachable(); // what fetch throws when no answer came
  return new Problem({
    status: 500,
    title: 'Something went wrong on this page',
    detail: 'Please load it again.',
  });
}
