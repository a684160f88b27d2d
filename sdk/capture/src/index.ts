/**
 * Seals what was captured to a public key, so that whoever carries or keeps it learns
 * nothing. The format is the one of docs/envelope.md; the server reads it in Rust.
 */
import { bindingJson, type Binding } from './binding.js';
import { EnvelopeError } from './error.js';
import { hpkeSeal } from './hpke.js';
import { CONTENT_MAX, prefix } from './layout.js';
import { readRecipient, type Recipient, type Scheme } from './recipient.js';
import { sm2Seal } from './sm2.js';

export { EnvelopeError, readRecipient, CONTENT_MAX };
export type { EnvelopeCode } from './error.js';
export type { Binding, Recipient, Scheme };

/**
 * Seals `content`, of `CONTENT_MAX` bytes at most, to a recipient. Only there, with the
 * private key and the very same binding, does it open.
 *
 * The caller's `content` is not changed; overwrite it when it is no longer needed.
 */
export async function seal(recipient: Recipient, binding: Binding, content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (content.length > CONTENT_MAX) {
    throw new EnvelopeError('envelope-too-large', `an envelope takes ${CONTENT_MAX} bytes of content at most`);
  }
  const header = prefix(recipient, bindingJson(binding));
  return recipient.scheme === 'sm2-sm4gcm' ? sm2Seal(recipient, header, content) : hpkeSeal(recipient, header, content);
}
