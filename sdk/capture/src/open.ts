/**
 * Opens envelopes. For tests, and for tools of those who hold a private key; what
 * captures needs only `seal`.
 */
import { bindingJson, type Binding } from './binding.js';
import { concat, fromHex, sameBytes } from './bytes.js';
import { EnvelopeError } from './error.js';
import { HPKE_ENCAPSULATED, hpkeOpen } from './hpke.js';
import { prefix } from './layout.js';
import { readRecipient, type Recipient, type Scheme } from './recipient.js';
import { SM2_ENCAPSULATED, sm2Open } from './sm2.js';

/** A private key that opens envelopes. */
export interface OpeningKey {
  readonly recipient: Recipient;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
}

/** Where PKCS #8 with both halves of a key on a curve of 256 bits has the private one. */
const SCALAR = 36;
/** And where it has the point. */
const POINT = 73;

/** DER of PKCS #8 (RFC 5958) before the private half, by scheme. */
const PKCS8: Readonly<Record<Scheme, string>> = {
  'sm2-sm4gcm': '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420',
  'p256-aes256gcm': '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420',
};

/** Reads PKCS #8 DER with both halves of an SM2 or P-256 key, as the server writes it. */
export async function readOpeningKey(pkcs8: Uint8Array): Promise<OpeningKey> {
  for (const scheme of ['sm2-sm4gcm', 'p256-aes256gcm'] as const) {
    const head = fromHex(PKCS8[scheme]);
    if (pkcs8.length === POINT + 65 && sameBytes(pkcs8.slice(0, SCALAR), head)) {
      const spki = concat(fromHex('3059'), head.slice(6, 27), fromHex('034200'), pkcs8.slice(POINT));
      return { recipient: await readRecipient(spki), pkcs8: concat(pkcs8) };
    }
  }
  throw new EnvelopeError('envelope-key', 'these bytes are not PKCS #8 of an SM2 or P-256 key with both halves');
}

/** Opens an envelope that must have been sealed to this key and for this very place. */
export async function open(key: OpeningKey, expected: Binding, envelope: Uint8Array): Promise<Uint8Array> {
  const begin = prefix(key.recipient, bindingJson(expected));
  const sm2 = key.recipient.scheme === 'sm2-sm4gcm';
  const header = envelope.slice(0, begin.length + (sm2 ? SM2_ENCAPSULATED : HPKE_ENCAPSULATED));
  const sealed = envelope.slice(header.length);
  let content: Uint8Array | undefined;
  if (sameBytes(header.slice(0, begin.length), begin) && header[begin.length] === 4) {
    try {
      content = sm2 ? sm2Open(key.pkcs8.slice(SCALAR, SCALAR + 32), header, sealed) : await hpkeOpen(key.pkcs8, header, sealed);
    } catch {
      // Nothing says why, so that nobody learns from trying.
    }
  }
  if (content === undefined) {
    throw new EnvelopeError('envelope-not-opened', 'the envelope was changed, sealed to another key, or belongs elsewhere');
  }
  return content;
}
