/** The events between the panel's elements, typed, and each name written once. */

/** A dialog may close: its task is done, or given up. */
export class DoneEvent extends Event {
  static type = /** @type {const} */ ("done");

  constructor() {
    super(DoneEvent.type);
  }
}

/** An element has left the page. */
export class ClosedEvent extends Event {
  static type = /** @type {const} */ ("closed");

  constructor() {
    super(ClosedEvent.type);
  }
}

/** A header that a suggested address needs was asked for. */
export class HeaderEvent extends Event {
  static type = /** @type {const} */ ("header");

  /** @param {{ name: string, value: string, known: boolean }} header */
  constructor(header) {
    super(HeaderEvent.type);
    this.header = header;
  }
}

/** An address has been checked. */
export class CheckedEvent extends Event {
  static type = /** @type {const} */ ("checked");

  constructor() {
    super(CheckedEvent.type);
  }
}

/** A runner of the account was chosen. */
export class RunnerChosenEvent extends Event {
  static type = /** @type {const} */ ("chosen");

  /** @param {import("./api.mjs").Runner} runner */
  constructor(runner) {
    super(RunnerChosenEvent.type);
    this.runner = runner;
  }
}
