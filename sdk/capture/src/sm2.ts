/** `sm2-sm4gcm`: a fresh SM4 key for each envelope, encrypted with SM2. */
import { sm2, sm4 } from 'sm-crypto-v2';

import { concat, fromHex, toHex } from './bytes.js';
import type { Recipient } from './recipient.js';

/** C1 (uncompressed point), C3 (SM3), C2 (the SM4 key), in the order of GB/T 32918.4-2016. */
export const SM2_ENCAPSULATED = 65 + 32 + 16;
const NONCE = 12;
const TAG = 16;
const C1C3C2 = 1;

/** Appends encapsulated key and sealed content to the header's beginning. */
export function sm2Seal(recipient: Recipient, prefix: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const key = crypto.getRandomValues(new Uint8Array(16));
  // The library leaves out the first byte of the point.
  const encapsulated = fromHex('04' + sm2.doEncrypt(key, toHex(recipient.point), C1C3C2));
  const header = concat(prefix, encapsulated);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const sealed = sm4.encrypt(content, key, {
    mode: 'gcm',
    iv: nonce,
    associatedData: header,
    output: 'array',
    outputTag: true,
  });
  key.fill(0);
  if (sealed.tag?.length !== TAG) throw new Error('SM4-GCM gave no tag');
  return concat(header, nonce, sealed.output, sealed.tag);
}

/** The content, or nothing when the library will not give it. */
export function sm2Open(scalar: Uint8Array, header: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  // Shorter than nonce and tag, the parts would overlap.
  if (sealed.length < NONCE + TAG) return undefined;
  const encapsulated = toHex(header.slice(-SM2_ENCAPSULATED)).slice(2);
  const key = Uint8Array.from(sm2.doDecrypt(encapsulated, toHex(scalar), C1C3C2, { output: 'array' }));
  if (key.length !== 16) return undefined;
  const content = sm4.decrypt(sealed.slice(NONCE, -TAG), key, {
    mode: 'gcm',
    iv: sealed.slice(0, NONCE),
    associatedData: header,
    tag: sealed.slice(-TAG),
    output: 'array',
  });
  key.fill(0);
  return content;
}
