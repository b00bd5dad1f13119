/** A signal that cancels a call: a `CancelSignal`, or the `signal` of an `AbortController`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** An abort signal for mini-programs, which have no `AbortController`. */
export class CancelSignal implements AbortSignalLike {
  private readonly listeners = new Set<() => void>();
  private cancelled = false;

  get aborted(): boolean {
    return this.cancelled;
  }

  /** Cancels every call that uses this signal. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.listeners.forEach((listener) => listener());
    this.listeners.clear();
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.listeners.delete(listener);
  }
}
