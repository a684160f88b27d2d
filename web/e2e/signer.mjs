// A signer with a phone: drives the signing page in a real browser, as a person would.
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };
export const TABLET = { viewport: { width: 1024, height: 768 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Strokes of a written name in a box of 1 by 1: corner points that a hand passes smoothly. */
const NAME = [
  [[0.1, 0.28], [0.24, 0.26], [0.22, 0.42], [0.11, 0.44]],
  [[0.11, 0.44], [0.27, 0.45], [0.26, 0.7], [0.2, 0.76], [0.16, 0.7]],
  [[0.42, 0.24], [0.36, 0.36], [0.31, 0.46]],
  [[0.3, 0.5], [0.46, 0.47]],
  [[0.37, 0.32], [0.365, 0.6], [0.36, 0.8], [0.42, 0.72]],
  [[0.38, 0.52], [0.43, 0.68], [0.5, 0.78]],
  [[0.62, 0.3], [0.82, 0.27]],
  [[0.64, 0.5], [0.8, 0.48]],
  [[0.57, 0.75], [0.9, 0.71]],
];

/** A camera and a microphone that show a moving pattern and beep, and that need no click to be allowed. */
const MEDIA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** Starts the browser that CHROMIUM names, or the `chromium` on PATH. */
export async function launch() {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium')).find(existsSync);
  const executablePath = process.env.CHROMIUM || onPath;
  if (!executablePath) throw new Error('there is no chromium on PATH; run ./dev setup');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...MEDIA] });
}

export class Signer {
  /** Everything that a page must never do: errors, blocked content, requests to other origins. */
  faults = [];

  constructor(page, origin) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) this.faults.push(`policy: ${message.text()}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !url.startsWith('blob:')) this.faults.push(`foreign request: ${url}`);
    });
  }

  /** Opens a link on a device; in the WebView of an APP when that is `ios` or `android`. */
  static async open(browser, link, device = PHONE, locale = 'zh-CN', app = null) {
    const context = await browser.newContext({ ...device, locale, timezoneId: 'Asia/Shanghai', acceptDownloads: true });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const signer = new Signer(page, new URL(link).origin);
    if (app) await signer.hear(app);
    await page.goto(link);
    return signer;
  }

  /** Puts into the page what an APP puts there (docs/app.md). */
  async hear(app) {
    await this.page.addInitScript((name) => {
      // Kept by the browser, since what a page says as it goes away reaches nobody outside of it.
      const port = { postMessage: (message) => { localStorage.told = `${localStorage.told ?? ''}${message}\n`; } };
      if (name === 'ios') window.webkit = { messageHandlers: { inkseal: port } };
      else window.inksealBridge = port;
    }, app);
  }

  /** What the page told the APP around it, as it came. */
  async told() {
    const { origins } = await this.page.context().storageState();
    const told = origins.flatMap(({ localStorage: kept }) => kept).find(({ name }) => name === 'told')?.value ?? '';
    return told.split('\n').filter(Boolean).map((message) => JSON.parse(message));
  }

  /** Where the way back to the APP leads; null where there is none. */
  async wayBack() {
    const way = this.page.locator('main a.button');
    return (await way.count()) ? way.getAttribute('href') : null;
  }

  get next() {
    return this.page.locator('.bottom .main');
  }

  /** Reads every page, then goes on. */
  async read() {
    await this.readPages();
    await this.next.click();
    await this.page.locator('.pad canvas, .confirming, .consenting').waitFor();
  }

  /** Enters a clerk's code. */
  async pair(code) {
    await this.page.locator('#pairing').pressSequentially(code);
    await this.next.click();
  }

  /** Ticks the consents of these kinds, or all, and goes on. */
  async agree(kinds = null) {
    const boxes = this.page.locator('.consents input');
    await boxes.first().waitFor();
    for (const box of await boxes.all()) {
      if (kinds === null || kinds.includes(await box.getAttribute('value'))) await box.check();
    }
    await this.next.click();
    await this.page.locator('.consenting').waitFor({ state: 'detached' });
  }

  /** The step in which this evidence is brought. */
  evidence(requirement) {
    return this.page.locator(`.evidence[data-requirement="${requirement}"]`);
  }

  /** Brings what is asked for; of alternatives, what needs no authority. A camera gives `picture`. */
  async bring(requirement, picture) {
    const step = this.evidence(requirement);
    switch (requirement) {
      case 'identity':
        await step.locator('button').click();
        break;
      case 'location':
        await this.page.context().grantPermissions(['geolocation']);
        await this.page.context().setGeolocation({ latitude: 31.2304, longitude: 121.4737, accuracy: 12 });
        await step.locator('button').click();
        break;
      case 'voice':
        await step.locator('button').click();
        // What stops a recording stands where its beginning stood.
        await step.locator('button', { hasText: /停止|Stop/ }).click();
        await step.locator('.send').click();
        break;
      case 'face|portrait':
        await step.locator('input[value=portrait]').check();
        return this.photograph(requirement, picture);
      default:
        return this.photograph(requirement, picture);
    }
    return step.waitFor({ state: 'detached' });
  }

  /** Takes a photograph: the camera of the device gives this file. */
  async photograph(requirement, file) {
    const step = this.evidence(requirement);
    await step.locator('input[type=file]').setInputFiles(file);
    await step.locator('img.taken').waitFor();
    await step.locator('.send').click();
    await step.waitFor({ state: 'detached' });
  }

  /** Turns the pages until each counts as read. */
  async readPages() {
    await this.page.locator('.pages').waitFor();
    const pages = await this.page.locator('.page').count();
    for (let turn = 0; (await this.page.locator('.page.read').count()) < pages; turn += 1) {
      if (turn > pages * 20) throw new Error('the pages cannot be read');
      if (turn % 4 === 0) await this.next.click();
      await pause(300);
    }
  }

  /** Writes the name with a finger: touch points with changing force, a pause between strokes. */
  async write(strokes = NAME) {
    const canvas = this.page.locator('.pad canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    const touch = await this.page.context().newCDPSession(this.page);
    for (const stroke of strokes) {
      const points = along(stroke).map(([x, y], index) => ({
        x: box.x + x * box.width, y: box.y + y * box.height, force: 0.4 + 0.3 * Math.sin(index / 4), radiusX: 6, radiusY: 6,
      }));
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [points[0]] });
      for (const point of points.slice(1)) {
        await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [point] });
        await pause(6);
      }
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
      await pause(40);
    }
    await touch.detach();
  }

  /** Asks for a code. */
  async askForCode() {
    await this.page.locator('.confirming .main.wide').click();
    await this.page.locator('#code').waitFor();
  }

  async type(code) {
    await this.page.locator('#code').pressSequentially(code);
  }

  /** Presses "sign" and waits for the receipt. */
  async submit() {
    const answer = this.page.waitForResponse((response) => response.url().endsWith('/session/submission'));
    await this.next.click();
    const response = await answer;
    if (!response.ok()) throw new Error(`the submission was refused: ${await response.text()}`);
    await this.page.locator('.mark.good').waitFor();
    return response.json();
  }

  /** A picture of what the signer sees; says where it is. */
  async picture(name = 'page', directory = null) {
    const path = join(directory ?? (await mkdtemp(join(tmpdir(), 'inkseal-sign-'))), `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }
}

/** Points of a smooth line through corners (Catmull-Rom), about one in every hundredth of the box. */
function along(corners) {
  const points = [];
  const at = (index) => corners[Math.min(Math.max(index, 0), corners.length - 1)];
  for (let index = 0; index < corners.length - 1; index += 1) {
    const [a, b, c, d] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    const steps = Math.max(4, Math.round(Math.hypot(c[0] - b[0], c[1] - b[1]) * 80));
    for (let step = 0; step < steps; step += 1) {
      const t = step / steps;
      points.push([0, 1].map((axis) => 0.5 * (2 * b[axis] + (c[axis] - a[axis]) * t
        + (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t
        + (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t * t * t)));
    }
  }
  points.push(corners.at(-1));
  return points;
}
