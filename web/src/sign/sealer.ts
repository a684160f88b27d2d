import { readRecipient, seal } from '@inkseal/capture';
import type { Sealed, Sealing } from './api';
import { fromBase64 } from './bytes';

/** Seals what this session sends, so that it opens in its own place alone (docs/envelope.md). */
export class Sealer {
  readonly #sealing: Sealing;

  constructor(sealing: Sealing) {
    this.#sealing = sealing;
  }

  /** To the service, which opens it; no proxy on the way does. */
  toService(item: string, content: Uint8Array): Promise<Sealed> {
    return this.#seal(this.#sealing.transport, item, content);
  }

  /** To the forensic key: the service keeps what it cannot read. */
  toForensic(item: string, content: Uint8Array): Promise<Sealed> {
    return this.#seal(this.#sealing.forensic, item, content);
  }

  async #seal(key: string, item: string, content: Uint8Array): Promise<Sealed> {
    return seal(await readRecipient(fromBase64(key)), { ...this.#sealing.binding, item }, content);
  }
}
