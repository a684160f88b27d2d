import { concat } from './bytes.js';
import type { Recipient, Scheme } from './recipient.js';

/** Most bytes of content: 32 MiB. */
export const CONTENT_MAX = 32 * 1024 * 1024;

/** The format and its version: "ISE1". */
export const MAGIC = Uint8Array.of(0x49, 0x53, 0x45, 0x31);

/** Where the length of the binding stands; magic, scheme and key identifier come before it. */
export const NAMED = 37;

/** The byte of a scheme. */
export const SCHEMES: Readonly<Record<Scheme, number>> = { 'sm2-sm4gcm': 1, 'p256-aes256gcm': 2 };

/** All that comes before the encapsulated key. */
export function prefix(recipient: Recipient, json: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(
    MAGIC,
    Uint8Array.of(SCHEMES[recipient.scheme]),
    recipient.keyId,
    Uint8Array.of(json.length >> 8, json.length & 0xff),
    json,
  );
}
