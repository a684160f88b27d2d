import { EnvelopeError } from './error.js';

/**
 * The associated data of an envelope: the one place to which its content belongs. It
 * stands in the envelope in the clear, and is authenticated with the content.
 */
export interface Binding {
  /** The contract. */
  readonly contract: string;
  /** What was captured, or `package` for the whole of a submission. */
  readonly item: string;
  /** Digest of the revision that the signer saw: its hash, a colon, lowercase hexadecimal. */
  readonly revision: string;
  /** The nonce of the session. */
  readonly session: string;
  /** The signer. */
  readonly signer: string;
  /** The slot that is signed. */
  readonly slot: string;
}

/** Most bytes of UTF-8 of a text in a binding. */
const TEXT_MAX = 256;

/** In the order of RFC 8785, which is that of their code units. */
const MEMBERS = ['contract', 'item', 'revision', 'session', 'signer', 'slot'] as const;

const DIGEST = /^(?:(?:sm3|sha256):[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/** Canonical JSON (RFC 8785). Of texts, JSON.stringify writes it: the RFC took it from there. */
export function bindingJson(binding: Binding): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const ordered: Record<string, string> = {};
  for (const member of MEMBERS) {
    const text: unknown = binding[member];
    // Half a surrogate pair has no UTF-8, and would be replaced without a word.
    const whole = typeof text === 'string' && !/\p{Surrogate}/u.test(text);
    const length = whole ? encoder.encode(text).length : 0;
    if (!whole || length < 1 || length > TEXT_MAX) {
      throw new EnvelopeError('envelope-binding', `${member} must be a text of 1 to ${TEXT_MAX} bytes`);
    }
    ordered[member] = text;
  }
  if (!DIGEST.test(binding.revision)) {
    throw new EnvelopeError('envelope-binding', 'revision must be a digest, such as sm3:<64 hexadecimal digits>');
  }
  return encoder.encode(JSON.stringify(ordered));
}
