/** Waits that grow: doubled each time up to a longest, with jitter so that many clients spread out. */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #next: number;

  /** @param first and `longest` in milliseconds */
  constructor(first: number, longest: number, random: () => number) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
    this.#next = first;
  }

  /** The next wait in milliseconds: between 75 % and 125 % of the current step. */
  next(): number {
    const step = this.#next;
    this.#next = Math.min(this.#longest, step * 2);
    return step * (0.75 + this.#random() / 2);
  }

  /** Things went well: the next wait is the first again. */
  reset(): void {
    this.#next = this.#first;
  }
}
