import type { Receipt } from './api';

/**
 * A submission whose answer has not come, under its Idempotency-Key: its JSON, to the letter, since
 * the key belongs to it. The samples of a handwriting are in it sealed; never as they were written.
 */
export interface Pending {
  key: string;
  content: string;
}

/** What a reload must not lose: kept in the tab's own storage, gone with the tab. */
export interface Kept {
  secret: string;
  /** Opened by a clerk's code, on a screen where the next signer follows. */
  paired?: true;
  pending?: Pending;
  receipt?: Receipt;
}

const PLACE = 'inkseal.session';

type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** The tab's memory of its session. A storage that is full or forbidden costs resumption, nothing else. */
export class Memory {
  readonly #shelf: Shelf;
  #kept: Kept | null = null;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    try {
      const kept = JSON.parse(shelf.getItem(PLACE) ?? 'null') as Kept | null;
      if (typeof kept?.secret === 'string') this.#kept = kept;
      if (typeof this.#kept?.pending?.content !== 'string') delete this.#kept?.pending;
    } catch {
      this.#kept = null;
    }
  }

  get kept(): Kept | null {
    return this.#kept;
  }

  /** Starts anew with the secret of a session. */
  begin(secret: string, paired = false): void {
    this.#write(paired ? { secret, paired } : { secret });
  }

  /** Forgets all: the next signer at this screen is another person. */
  forget(): void {
    this.#kept = null;
    try {
      this.#shelf.removeItem(PLACE);
    } catch {
      // What could not be written is not there either.
    }
  }

  pending(pending: Pending): void {
    if (this.#kept) this.#write({ ...this.#kept, pending });
  }

  /** The act is done: the receipt stays, the submission goes. */
  done(receipt: Receipt): void {
    this.settle();
    if (this.#kept) this.#write({ ...this.#kept, receipt });
  }

  /** Forgets a submission that was refused for good. */
  settle(): void {
    if (!this.#kept?.pending) return;
    const { pending: _, ...rest } = this.#kept;
    this.#write(rest);
  }

  #write(kept: Kept): void {
    this.#kept = kept;
    const { secret, paired } = kept;
    if (!this.#put(kept)) this.#put(paired ? { secret, paired } : { secret });
  }

  #put(kept: Kept): boolean {
    try {
      this.#shelf.setItem(PLACE, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }
}
