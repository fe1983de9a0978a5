/** PUT with progress: fetch cannot tell how much of a body has left. */
import type { Slot } from './uploader';

export function putFile(
  slot: Slot,
  file: File,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener('abort', stop, { once: true });
    request.open('PUT', slot.url);
    for (const [name, value] of Object.entries(slot.headers)) {
      // The browser sends the length itself, and refuses to be told.
      if (!['content-length', 'host'].includes(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new TypeError('no answer from the storage'));
    request.ontimeout = request.onerror;
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    request.onloadend = () => signal.removeEventListener('abort', stop);
    request.send(file);
  });
}
