// Signs through the real page: node e2e/sign.mjs <link-url> --mode pad|sms [--code-url URL] [--app ios|android] [--pairing CODE]
// Agrees to what is asked; a camera sees paper, a microphone hears beeps, and the place is Shanghai.
// Prints the receipt as JSON. `--code-url` answers GET with {"code":"123456"} once a code was sent.
// With `--app` it does so in an APP's WebView, and prints what the APP was `told` and the way `back` to it too.
// With `--pairing` the page is the second screen of a counter, and that is the clerk's code.
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { paper } from './paper.mjs';
import { launch, PHONE, Signer } from './signer.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mode: { type: 'string' }, 'code-url': { type: 'string' }, app: { type: 'string' }, pairing: { type: 'string' } },
});
const [link] = positionals;
if (!link || !['pad', 'sms'].includes(values.mode) || (values.mode === 'sms' && !values['code-url'])) {
  process.stderr.write('usage: node e2e/sign.mjs <link-url> --mode pad|sms [--code-url URL] [--app ios|android] [--pairing CODE]\n');
  process.exit(2);
}

const PICTURE = { name: 'picture.png', mimeType: 'image/png', buffer: paper(1, 800) };

let browser;
let signer;
try {
  browser = await launch();
  signer = await Signer.open(browser, link, PHONE, 'zh-CN', values.app);
  if (values.pairing) await signer.pair(values.pairing);
  await signer.read();
  if (await signer.page.locator('.consenting').count()) await signer.agree();
  const step = signer.page.locator('.evidence');
  while (await step.count()) await signer.bring(await step.getAttribute('data-requirement'), PICTURE);
  if (values.mode === 'pad') {
    await signer.write();
  } else {
    await signer.askForCode();
    await signer.type(await sentCode(values['code-url']));
  }
  const receipt = await signer.submit();
  if (signer.faults.length > 0) throw new Error(signer.faults.join('\n'));
  const heard = values.app ? await leave() : {};
  process.stdout.write(`${JSON.stringify({ ...receipt, ...heard })}\n`);
} catch (error) {
  const picture = signer ? await signer.picture('failure').catch(() => 'none') : 'none';
  const faults = signer?.faults.join('\n') ?? '';
  process.stderr.write(`${error.message}\n${faults}\nscreenshot: ${picture}\n`);
  process.exitCode = 1;
} finally {
  await browser?.close();
}

/** Leaves the page; says what the APP around it was told, and where the way back led. */
async function leave() {
  const back = await signer.wayBack();
  await signer.page.goto('about:blank');
  return { back, told: await signer.told() };
}

async function sentCode(url) {
  for (let turn = 0; turn < 50; turn += 1) {
    const response = await fetch(url);
    if (response.ok) {
      const { code } = await response.json();
      if (code) return String(code);
    }
    await pause(100);
  }
  throw new Error(`no code was sent: ${url}`);
}
