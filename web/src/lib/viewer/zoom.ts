/** A picture in a window: how much larger it is shown, and how far it is moved from the middle. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Room {
  /** The window, and the picture at scale 1, in px. */
  width: number;
  height: number;
  fitWidth: number;
  fitHeight: number;
}

/** What is drawn: the picture as it stands, while a finger moves it too. */
export interface Shown {
  view: View;
  room: Room;
  /** By a finger: it follows at once. */
  held: boolean;
}

export const fitted: View = { scale: 1, x: 0, y: 0 };
export const CLOSEST = 6;
export const CLOSER = 2.5;

/** No edge of the picture leaves a gap that the picture could fill. */
export function held({ scale, x, y }: View, { width, height, fitWidth, fitHeight }: Room): View {
  const most = (fit: number, room: number) => Math.max(0, (fit * scale - room) / 2);
  const within = (value: number, limit: number) => Math.min(limit, Math.max(-limit, value)) || 0;
  return { scale, x: within(x, most(fitWidth, width)), y: within(y, most(fitHeight, height)) };
}

/** What lies under the point (from the middle of the window) stays under it. */
export function zoomed(view: View, scale: number, at: { x: number; y: number }, room: Room): View {
  const next = Math.min(CLOSEST, Math.max(1, scale));
  const factor = next / view.scale;
  return held({ scale: next, x: at.x - (at.x - view.x) * factor, y: at.y - (at.y - view.y) * factor }, room);
}

export interface Size {
  width: number | null;
  height: number | null;
}

/** The size at which a picture fits the window; small ones are not blown up, or as far as `most`. */
export function fit(
  picture: Size,
  window: { width: number; height: number },
  most = 1,
): { fitWidth: number; fitHeight: number } {
  const [width, height] = [picture.width ?? window.width, picture.height ?? window.height];
  const scale = Math.min(most, window.width / width, window.height / height);
  return { fitWidth: Math.round(width * scale), fitHeight: Math.round(height * scale) };
}
