// What the Rust tests have the module do: a list of tasks comes in, as JSON with bytes in
// hexadecimal, and a list of answers goes out.
import { text } from 'node:stream/consumers';

import { readRecipient, seal } from '@inkseal/capture';
import { open, readOpeningKey } from '@inkseal/capture/open';

const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (of) => Buffer.from(of).toString('hex');

async function answer(task) {
  if (task.spki !== undefined) {
    return hex(await seal(await readRecipient(bytes(task.spki)), task.binding, bytes(task.content)));
  }
  const key = await readOpeningKey(bytes(task.pkcs8));
  try {
    return hex(await open(key, task.binding, bytes(task.envelope)));
  } catch (error) {
    return error.code;
  }
}

const answers = [];
for (const task of JSON.parse(await text(process.stdin))) answers.push(await answer(task));
process.stdout.write(JSON.stringify(answers));
