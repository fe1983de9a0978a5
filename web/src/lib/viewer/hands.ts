/** Fingers and pointers on a photo: one swipes or moves it, two bring it closer, two quick taps do so at once. */
import { CLOSER, fitted, held, zoomed, type Room, type View } from './zoom';

export interface HandsParts {
  view(): View;
  room(): Room;
  see(view: View): void;
  /** How far it follows a finger that may turn to the next. */
  swipe(by: number): void;
  turn(by: 1 | -1): void;
  leave(): void;
}

export interface Touch {
  pointerId: number;
  pointerType: string;
  clientX: number;
  clientY: number;
  timeStamp: number;
  button: number;
  currentTarget: EventTarget | null;
  target: EventTarget | null;
}

const TURN_PX = 60;
const LEAVE_PX = 120;
const TAP_PX = 12;
const TWICE_MS = 320;

interface Finger {
  x: number;
  y: number;
  fromX: number;
  fromY: number;
}

export class Hands {
  #fingers = new Map<number, Finger>();
  #lastTap = { at: -Infinity, x: 0, y: 0 };
  #pinched = false;
  readonly #parts: HandsParts;

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /** Something is in the hand: what is shown follows at once. */
  get busy(): boolean {
    return this.#fingers.size > 0;
  }

  down(event: Touch): void {
    if (event.button !== 0 || onButton(event)) return;
    const [x, y] = [event.clientX, event.clientY];
    if (this.#fingers.size === 0) this.#pinched = false;
    this.#fingers.set(event.pointerId, { x, y, fromX: x, fromY: y });
    (event.currentTarget as Element | null)?.setPointerCapture?.(event.pointerId);
  }

  move(event: Touch): void {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) return;
    const [byX, byY] = [event.clientX - finger.x, event.clientY - finger.y];
    const view = this.#parts.view();
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      this.#pinched = true;
      const apart = (x: number, y: number) => Math.hypot(x - other.x, y - other.y) || 1;
      const scale = (view.scale * apart(event.clientX, event.clientY)) / apart(finger.x, finger.y);
      const middle = { x: (event.clientX + other.x) / 2, y: (event.clientY + other.y) / 2 };
      this.#parts.see(zoomed(view, scale, this.#fromMiddle(event, middle), this.#parts.room()));
    } else if (view.scale > 1) {
      this.#parts.see(held({ scale: view.scale, x: view.x + byX, y: view.y + byY }, this.#parts.room()));
    } else if (!this.#pinched) this.#parts.swipe(event.clientX - finger.fromX);
    Object.assign(finger, { x: event.clientX, y: event.clientY });
  }

  up(event: Touch): void {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger || !this.#fingers.delete(event.pointerId) || this.#fingers.size > 0) return;
    this.#parts.swipe(0);
    if (this.#pinched) return;
    const [byX, byY] = [finger.x - finger.fromX, finger.y - finger.fromY];
    if (Math.hypot(byX, byY) < TAP_PX) this.#tap(event);
    else if (this.#parts.view().scale === 1) {
      if (Math.abs(byX) > Math.max(TURN_PX, Math.abs(byY))) this.#parts.turn(byX < 0 ? 1 : -1);
      else if (event.pointerType === 'touch' && byY > Math.max(LEAVE_PX, Math.abs(byX))) this.#parts.leave();
    }
  }

  /** What a touchpad's two fingers come as. */
  wheel(event: WheelEvent): void {
    event.preventDefault();
    const view = this.#parts.view();
    if (event.ctrlKey) {
      const scale = view.scale * Math.exp(-event.deltaY / 120);
      const at = this.#fromMiddle(event, { x: event.clientX, y: event.clientY });
      this.#parts.see(zoomed(view, scale, at, this.#parts.room()));
    } else if (view.scale > 1) {
      const next = { scale: view.scale, x: view.x - event.deltaX, y: view.y - event.deltaY };
      this.#parts.see(held(next, this.#parts.room()));
    }
  }

  #tap(event: Touch): void {
    const [x, y] = [event.clientX, event.clientY];
    const twice =
      event.timeStamp - this.#lastTap.at < TWICE_MS &&
      Math.hypot(x - this.#lastTap.x, y - this.#lastTap.y) < 24;
    this.#lastTap = { at: twice ? -Infinity : event.timeStamp, x, y };
    if (!twice) return;
    const view = this.#parts.view();
    this.#parts.see(
      view.scale > 1 ? fitted : zoomed(view, CLOSER, this.#fromMiddle(event, { x, y }), this.#parts.room()),
    );
  }

  #fromMiddle({ currentTarget }: { currentTarget: EventTarget | null }, point: { x: number; y: number }) {
    const box = (currentTarget as Element | null)?.getBoundingClientRect();
    return box
      ? { x: point.x - box.left - box.width / 2, y: point.y - box.top - box.height / 2 }
      : { x: 0, y: 0 };
  }
}

const onButton = ({ target }: Touch): boolean => Boolean((target as Element | null)?.closest?.('button'));
