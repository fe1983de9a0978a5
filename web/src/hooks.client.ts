import type { HandleClientError } from '@sveltejs/kit';

/** A page that is not there is no error of ours; what is, goes to the console, where the browser tests look. */
export const handleError: HandleClientError = ({ error, status, message }) => {
  // eslint-disable-next-line no-console -- the one place that may
  if (status !== 404) console.error(error);
  return { message };
};
