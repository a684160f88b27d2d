import { generateKeyPairSync } from 'node:crypto';

import { readOpeningKey } from '@inkseal/capture/open';

export const SCHEMES = ['sm2-sm4gcm', 'p256-aes256gcm'];

/** A fresh key pair, as OpenSSL writes it. */
export async function freshKey(scheme) {
  const namedCurve = scheme === 'sm2-sm4gcm' ? 'SM2' : 'P-256';
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return { spki, key: await readOpeningKey(pkcs8) };
}

export const BINDING = Object.freeze({
  contract: '合同-2026-0001',
  item: 'handwriting',
  revision: `sm3:${'ab'.repeat(32)}`,
  session: '0123456789abcdef',
  signer: '张三',
  slot: 'borrower',
});
