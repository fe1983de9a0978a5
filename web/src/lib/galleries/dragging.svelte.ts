/** Photos in the hand, between the grid they come from and what they may be dropped on. */
class Dragging {
  ids = $state.raw<ReadonlySet<string>>(new Set());

  get any(): boolean {
    return this.ids.size > 0;
  }

  begin(event: DragEvent, ids: ReadonlySet<string>): void {
    // A type of our own: nothing outside takes it for files or text.
    event.dataTransfer?.setData('application/x-darkroom-photos', [...ids].join());
    if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
    // In a turn of its own: a page that changes under the pointer would end the drag at once.
    setTimeout(() => (this.ids = ids));
  }

  end(): void {
    this.ids = new Set();
  }
}

export const dragging = new Dragging();
