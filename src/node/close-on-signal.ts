import { constants } from "node:os";
import { type CloseOptions, graceOf } from "../daemon/close-options.js";

/** A signal that programs are asked to end by: of a supervisor, of a terminal. */
export type ClosingSignal = "SIGTERM" | "SIGINT";

/** How signals close a daemon. */
export interface CloseOnSignal extends CloseOptions {
  /** @default ["SIGTERM"] */
  readonly signals?: readonly ClosingSignal[] | undefined;
}

/** What is closed before a signal ends the program. */
export interface Closing {
  readonly isClosing: boolean;
  close(options: CloseOptions): Promise<void>;
  readonly closed: Promise<unknown>;
}

/** Tells the listeners of other copies of this package, which close daemons too, from those of the program. */
const OURS = Symbol.for("hearthwire.close-on-signal");

/** What closing may take beyond its grace before the signal ends the program all the same: `dispose` of its objects may hang. */
const MARGIN_MS = 5_000;

const watches = new Map<ClosingSignal, SignalWatch>();

/** Closes a daemon when one of the signals comes, from now on until it is closed. */
export function closeOnSignal(closing: Closing, { signals = ["SIGTERM"], graceMs }: CloseOnSignal): void {
  for (const signal of new Set(signals)) {
    const watch = watches.get(signal) ?? new SignalWatch(signal);
    watches.set(signal, watch);
    watch.add(closing, graceMs);
  }
}

/**
 * Closes daemons when a signal comes, and then lets it end the process as it would have without them. It stands aside
 * while the program listens to the signal itself, so that neither the program nor what it uses can tell that it is here.
 */
class SignalWatch {
  readonly #signal: ClosingSignal;
  readonly #closings = new Map<Closing, number | undefined>();
  readonly #listener = Object.assign(() => this.#came(), { [OURS]: true });
  #isEnding = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(signal: ClosingSignal) {
    this.#signal = signal;
  }

  add(closing: Closing, graceMs: number | undefined): void {
    if (this.#closings.size === 0) {
      process.on("newListener", this.#added);
      process.on("removeListener", this.#removed);
    }
    this.#closings.set(closing, graceMs);
    this.#look();
    void closing.closed.then(() => {
      this.#closings.delete(closing);
      if (this.#closings.size === 0) this.#stop();
    });
  }

  readonly #look = (): void => {
    const listeners = process.listeners(this.#signal);
    if (!listeners.every(isOurs) || this.#closings.size === 0) process.off(this.#signal, this.#listener);
    else if (!listeners.includes(this.#listener)) process.on(this.#signal, this.#listener);
  };

  readonly #added = (event: string | symbol, listener: object): void => {
    // Told before it is added: Node would end taking the signal if the last listener went now.
    if (event === this.#signal && !isOurs(listener)) queueMicrotask(this.#look);
  };

  readonly #removed = (event: string | symbol, listener: object): void => {
    if (event === this.#signal && !isOurs(listener)) this.#look();
  };

  #stop(): void {
    process.off("newListener", this.#added);
    process.off("removeListener", this.#removed);
    process.off(this.#signal, this.#listener);
  }

  #came(): void {
    const closings = [...this.#closings];
    if (this.#isEnding || closings.every(([{ isClosing }]) => isClosing)) return this.#end();
    this.#isEnding = true;
    const longestMs = Math.max(...closings.map(([, graceMs]) => graceOf({ graceMs })));
    // Keeps the process alive, which else might end before by itself, and with another status.
    this.#deadline = setTimeout(() => this.#end(), longestMs + MARGIN_MS);
    void Promise.all(closings.map(([closing, graceMs]) => closing.close({ graceMs }))).then(() => this.#end());
  }

  /** Ends the process by the signal, as it is its status then; unless somebody else takes the signal by now. */
  #end(): void {
    this.#stop();
    clearTimeout(this.#deadline);
    this.#isEnding = false;
    if (process.listenerCount(this.#signal) > 0) return;
    process.kill(process.pid, this.#signal);
    // The first process of a container is ended by no signal that it doesn't listen to.
    process.exit(128 + constants.signals[this.#signal]);
  }
}

function isOurs(listener: object): boolean {
  return OURS in listener;
}
