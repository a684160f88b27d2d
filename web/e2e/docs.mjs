// Opens the page of the API as a developer would: node e2e/docs.mjs <url>
// Prints as JSON how many operations it shows, and everything that it must never do.
import { launch } from './signer.mjs';

const [url] = process.argv.slice(2);
if (!url) {
  process.stderr.write('usage: node e2e/docs.mjs <url>\n');
  process.exit(2);
}
const browser = await launch();
try {
  const page = await (await browser.newContext()).newPage();
  const faults = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(origin) && !to.startsWith('data:') && !to.startsWith('blob:')) faults.push(`foreign request: ${to}`);
  });
  await page.goto(url);
  await page.locator('.opblock').first().waitFor({ timeout: 15_000 });
  // An operation opens and shows its parts: the page is alive, not only painted.
  await page.locator('.opblock-summary').first().click();
  await page.locator('.opblock-body').first().waitFor({ timeout: 15_000 });
  const operations = await page.locator('.opblock').count();
  process.stdout.write(`${JSON.stringify({ operations, faults })}\n`);
} finally {
  await browser.close();
}
