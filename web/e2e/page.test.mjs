// The built page in a real browser, against a stand-in for the server. Run `npm run build` before.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { mock, samplesOf } from './mock.mjs';
import { paper } from './paper.mjs';
import { launch, Signer, TABLET } from './signer.mjs';

let browser;
const open = [];
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const BY_CODE = { mode: 'sms', required: ['reading', 'device', 'code'], consents: [], agreed: [] };
const PICTURE = { name: 'card.png', mimeType: 'image/png', buffer: paper(1, 2400) };

/** A server and a signer who has opened its link. */
async function visit(session, ...device) {
  return visitOf({ session }, ...device);
}

async function visitOf(parts, ...device) {
  const server = await mock(parts);
  const signer = await Signer.open(browser, server.link, ...device);
  open.push(() => signer.page.context().close(), server.close);
  return { server, signer, page: signer.page };
}

test('a signature by hand reaches the server as it was written, once', async () => {
  const { server, signer, page } = await visit();
  await page.locator('h1').waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  assert.equal(new URL(page.url()).hash, '', 'the link leaves the address bar');
  await page.locator('.page').last().scrollIntoViewIfNeeded();
  const place = page.locator('[data-page="4"] .place');
  await place.waitFor();
  const [mark, sheet] = [await place.boundingBox(), await page.locator('[data-page="4"] .sheet').boundingBox()];
  const up = (sheet.y + sheet.height - mark.y - mark.height) / sheet.height;
  assert.ok(Math.abs(up - 210 / 841.9) < 0.01, `the place of the signature is marked, ${up} of the page up`);
  await signer.read();
  for (const read of server.state.reading) {
    assert.equal(read.digest, server.state.served.get(`${read.page}@${read.width}`));
    assert.ok(read.milliseconds >= 500);
  }
  assert.deepEqual(server.state.reading.map(({ page: number }) => number), [1, 2, 3, 4]);

  await signer.write();
  server.state.faults.set('/submission', { times: 1, kind: 'lost' });
  await signer.next.click();
  await page.locator('.problem').waitFor();
  const retry = page.waitForResponse((response) => response.url().endsWith('/submission') && response.ok());
  await page.locator('.problem .main').click();
  const receipt = await (await retry).json();
  await page.locator('.mark.good').waitFor();

  const [first, second] = server.state.submissions;
  assert.equal(first.key, second.key);
  assert.deepEqual(first.body, second.body);
  assert.equal(server.state.receipts.size, 1);
  assert.notEqual(first.envelope, second.envelope, 'sealed anew, it is the same submission');
  const { drawing, captured } = first.body.handwriting;
  assert.equal(drawing.pointer, 'touch');
  assert.equal(drawing.strokes.length, 9);
  assert.ok(drawing.strokes.flat().every((point) => point.length === 3), 'neither time nor pressure');
  assert.ok(Math.abs(Date.now() - captured) < 60_000);
  const handwriting = await samplesOf(server.state, first.body.handwriting);
  assert.equal(handwriting.pointer, 'touch');
  assert.equal(handwriting.strokes.length, 9);
  const samples = handwriting.strokes.flat();
  assert.ok(samples.length > 150, `${samples.length} samples`);
  assert.ok(samples.every(([x, y]) => x >= 0 && y >= 0 && x <= handwriting.width && y <= handwriting.height));
  assert.ok(samples.every(([, , time], index) => index === 0 || time >= samples[index - 1][2]));
  assert.ok(new Set(samples.map(([, , , pressure]) => pressure)).size > 5, 'pressure as the device gives it');

  assert.ok((await page.locator('.facts').innerText()).includes(receipt.evidence.slice(0, 12)));
  server.state.session.state = 'complete';
  await page.locator('.done .second').click();
  const download = page.waitForEvent('download');
  await page.locator('.done .main').click();
  assert.equal((await download).suggestedFilename(), '网络借贷借款合同.pdf');
  assert.deepEqual(signer.faults, []);
});

test('a code by SMS signs; a wrong one says how many tries are left', async () => {
  const { server, signer, page } = await visit({ ...BY_CODE, reading_ms: 1200 }, TABLET, 'en-US');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await signer.read();
  assert.ok(server.state.reading.every(({ milliseconds }) => milliseconds >= 1200), 'as long as the policy asks');
  await signer.askForCode();
  await signer.type('111 11a1');
  await signer.next.click();
  assert.match(await page.locator('.problem').innerText(), /Tries left: 4/);
  await signer.type(server.state.code);
  await signer.submit();
  assert.equal(server.state.submissions[0].body.handwriting, null);
  assert.deepEqual(signer.faults, []);
});

test('a used up code can be replaced at once', async () => {
  const { server, signer, page } = await visit({ ...BY_CODE, collected: ['reading'] });
  await signer.askForCode();
  assert.ok(await page.locator('.resend button').isDisabled());
  server.state.tries = 1;
  await signer.type('111111');
  await signer.next.click();
  assert.match(await page.locator('.problem').innerText(), /code-exhausted/);
  await page.locator('.resend button').click();
  await signer.type(server.state.code);
  await signer.submit();
  assert.equal(server.state.codes, 2);
});

test('an altered page is not shown, and there is no way on', async () => {
  const { server, signer, page } = await visit();
  server.state.faults.set('/pages/3.png', { times: 1, kind: 'altered' });
  await page.locator('.page').nth(2).scrollIntoViewIfNeeded();
  const broken = page.locator('[data-page="3"] .sheet-problem');
  await broken.waitFor();
  assert.match(await broken.innerText(), /校验不一致/);
  assert.equal(await page.locator('[data-page="3"] img').count(), 0);
  for (const number of [1, 2, 4]) {
    await page.locator(`[data-page="${number}"]`).evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await page.locator(`[data-page="${number}"].read`).waitFor();
  }
  assert.match(await signer.next.innerText(), /第 3 页/);
  await signer.next.click();
  assert.equal(server.state.reading, null);
  await broken.locator('button').click();
  await signer.read();
  assert.equal(server.state.reading.length, 4);
});

test('a broken connection loses nothing', async () => {
  const { server, signer, page } = await visit();
  server.state.faults.set('/reading', { times: 1, kind: 'broken' });
  server.state.faults.set('/pages/2.png', { times: 1, kind: 'broken' });
  await page.locator('.page').nth(1).scrollIntoViewIfNeeded();
  await page.locator('[data-page="2"] .sheet-problem button').click();
  await signer.readPages();
  await signer.next.click();
  await page.locator('.problem .main').click();
  await page.locator('.pad canvas').waitFor();
  await signer.write();
  const strokes = await page.evaluate(() => document.querySelector('canvas').toDataURL().length);
  await page.locator('.bottom .second').click();
  await page.locator('.page.read').first().waitFor();
  await signer.next.click();
  assert.equal(await page.evaluate(() => document.querySelector('canvas').toDataURL().length), strokes);
  await signer.submit();
});

test('a reload goes on where it was; the link itself opens once', async () => {
  const { server, signer, page } = await visit();
  await signer.read();
  await page.reload();
  await page.locator('.pad canvas').waitFor();
  await signer.write();
  await signer.submit();
  await page.reload();
  await page.locator('.mark.good').waitFor();
  assert.equal(await page.locator('.facts').count(), 1, 'the receipt is still there');
  const other = await Signer.open(browser, server.link);
  open.push(() => other.page.context().close());
  assert.match(await other.page.locator('.middle').innerText(), /链接已被打开过[\s\S]*link-used/);
});

test('a refusal needs a reason and a second word', async () => {
  const { server, signer, page } = await visit();
  await page.locator('.bottom .quiet').click();
  const confirm = page.locator('dialog .danger');
  assert.ok(await confirm.isDisabled());
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('.bottom .quiet').click();
  await page.locator('#refuse-reason').fill('利率与约定不符');
  await confirm.click();
  assert.match(await page.locator('.middle').innerText(), /合同已被拒签/);
  assert.equal(server.state.refusal, '利率与约定不符');
  assert.deepEqual(signer.faults, []);
});

test('taking back and clearing leave nothing of a stroke behind', async () => {
  const { server, signer, page } = await visit({ collected: ['reading'] });
  await signer.write([[[0.2, 0.2], [0.8, 0.2]], [[0.2, 0.5], [0.8, 0.5]]]);
  await page.locator('.pad-tools button').first().click();
  await signer.submit();
  assert.equal(server.state.submissions[0].body.handwriting.drawing.strokes.length, 1);

  const again = await visit({ collected: ['reading'] });
  await again.signer.write([[[0.2, 0.2], [0.8, 0.2]]]);
  await again.page.locator('.pad-tools button').last().click();
  assert.ok(await again.signer.next.isDisabled());
  const drawn = await again.page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  });
  assert.equal(drawn, false);
});

test('nothing is ticked beforehand, and consent is given to what was shown', async () => {
  const { server, signer, page } = await visit({ agreed: [], collected: ['reading'] });
  const box = page.locator('.consents input');
  await box.waitFor();
  assert.equal(await box.isChecked(), false);
  assert.ok(await signer.next.isDisabled());
  await signer.agree();
  assert.deepEqual(server.state.consents, [{ of: 'handwriting', version: '1', language: 'zh' }]);
  await signer.write();
  await signer.submit();
  assert.deepEqual(signer.faults, []);
});

test('what was written lies nowhere in the tab, not even while the network is gone', async () => {
  const { server, signer, page } = await visit({ collected: ['reading'] });
  await signer.write();
  server.state.faults.set('/submission', { times: 1, kind: 'broken' });
  await signer.next.click();
  await page.locator('.problem').waitFor();
  const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  await page.reload();
  await page.locator('.problem .main').click();
  await page.locator('.mark.good').waitFor();
  const [submission] = server.state.submissions;
  assert.ok(kept.includes(submission.body.handwriting.samples), 'the sealed samples survive a reload');
  const written = await samplesOf(server.state, submission.body.handwriting);
  for (const sample of written.strokes.flat()) {
    assert.ok(!kept.includes(sample.join(',')), `a sample as it was written: ${sample}`);
  }
});

test('evidence is brought one by one, each sealed to whom it is for', async () => {
  const required = [
    'id-photo-front', 'identity', 'face|code', 'location', 'transcription', 'signing-photo|video', 'voice', 'reading', 'device', 'handwriting',
  ];
  const consents = ['id-photo-front', 'face', 'location', 'signing-photo', 'video', 'voice', 'handwriting'];
  const sentence = '本人已知晓借款风险';
  const { server, signer, page } = await visitOf({
    session: { mode: 'app', required, consents, agreed: [], sentence, collected: ['reading'] }, curve: 'P-256',
  });
  const { evidence, questions } = server.state;
  await signer.agree(consents.filter((kind) => !['face', 'video'].includes(kind)));
  assert.equal(server.state.consents.length, 5);

  await signer.photograph('id-photo-front', PICTURE);
  const { content, captured } = evidence.get('id-photo-front');
  assert.deepEqual([...content.subarray(0, 3)], [0xff, 0xd8, 0xff], 'drawn anew as JPEG');
  assert.deepEqual(sizeOf(content), [1414, 2000], 'and not larger than needed');
  assert.ok(Math.abs(Date.now() - captured) < 60_000);

  server.state.unknown = 1;
  const identity = signer.evidence('identity');
  await identity.locator('button[type=submit]').click();
  await identity.locator('#card').fill('6222 0212 3456 7890 123');
  await identity.locator('button[type=submit]').click();
  await identity.waitFor({ state: 'detached' });
  assert.deepEqual(questions, [{ question: 'phone' }, { question: 'bank-card', card: '6222021234567890123' }]);

  const code = signer.evidence('face|code');
  assert.equal(await code.locator('input[type=radio]').count(), 0, 'the face was not agreed to');
  await code.locator('.main').click();
  await signer.type(server.state.code);
  await code.locator('button[type=submit]').click();
  await code.waitFor({ state: 'detached' });

  const location = signer.evidence('location');
  await location.locator('button').click();
  assert.match(await location.locator('[role=alert]').innerText(), /您未允许使用位置/);
  await page.context().grantPermissions(['geolocation']);
  await page.context().setGeolocation({ latitude: 31.2304, longitude: 121.4737, accuracy: 12 });
  await location.locator('button').click();
  await location.waitFor({ state: 'detached' });
  assert.deepEqual(JSON.parse(evidence.get('location').content), { latitude: 31.2304, longitude: 121.4737, accuracy: 12 });

  const copy = signer.evidence('transcription');
  await copy.locator('textarea').fill('本人己知晓');
  assert.match(await copy.locator('#copy-note').innerText(), /第 3 个字应为“已”/);
  assert.equal(await copy.locator('mark').innerText(), '已');
  assert.ok(await copy.locator('button').isDisabled());
  await copy.locator('textarea').fill(sentence);
  await copy.locator('button').click();
  await copy.waitFor({ state: 'detached' });
  assert.equal(evidence.get('transcription').content.toString(), sentence);

  await signer.photograph('signing-photo|video', PICTURE);
  await signer.bring('voice');
  assert.ok(evidence.get('voice').content.length > 100);

  await signer.write();
  await signer.submit();
  const { handwriting } = server.state.submissions[0].body;
  assert.ok([...evidence.values()].every((item) => item.captured <= handwriting.captured), 'evidence comes before the handwriting');
  assert.deepEqual(signer.faults, []);
});

test('a face is checked where the signer agrees to it, and a button signs', async () => {
  const session = { required: ['reading', 'device', 'identity', 'face'], consents: ['face'], agreed: [], collected: ['reading'], phone: null };
  const { server, signer } = await visit(session);
  await signer.agree();
  await signer.evidence('identity').locator('button').click();
  await signer.photograph('face', PICTURE);
  assert.deepEqual(server.state.questions.map(({ question }) => question), ['person', 'face']);
  assert.deepEqual([...Buffer.from(server.state.questions[1].portrait, 'base64').subarray(0, 3)], [0xff, 0xd8, 0xff]);
  await signer.submit();
  assert.equal(server.state.submissions[0].body.handwriting, null);
});

test('what this page cannot bring is said before anything else is asked', async () => {
  const required = ['id-photo-front', 'reading', 'device', 'password', 'handwriting'];
  const { page } = await visit({ required, collected: ['reading'] });
  assert.match(await page.locator('.evidence h1').innerText(), /本页面不支持：签署密码/);
  assert.equal(await page.locator('.evidence input').count(), 0);
});

test('an APP hears each thing once, and gets its signer back at the press of a button', async () => {
  const session = { return_url: 'https://app.example/done?x=1', collected: ['reading'] };
  const { server, signer, page } = await visit(session, TABLET, 'en-US', 'ios');
  await signer.write();
  server.state.faults.set('/submission', { times: 1, kind: 'lost' });
  await signer.next.click();
  await page.locator('.problem .main').click();
  await page.locator('.mark.good').waitFor();
  const [contract, { act }] = ['c1', [...server.state.receipts.values()][0]];
  assert.deepEqual(await signer.told(), [{ event: 'ready', contract }, { event: 'signed', contract, act }]);
  assert.deepEqual(signer.faults, [], 'nothing leads away by itself');

  await page.context().route('https://app.example/**', (route) => route.fulfill({ body: 'the APP' }));
  await page.getByRole('link', { name: 'Back to the app' }).click();
  await page.waitForURL('https://app.example/done?x=1&contract=c1&state=signed');
  assert.deepEqual((await signer.told()).slice(2), [{ event: 'closed', contract }]);
});

test('who refuses goes back too, and who does not want to decide goes without refusing', async () => {
  const session = { return_url: 'com.example.app:/signed' };
  const { server, signer, page } = await visit(session, undefined, undefined, 'android');
  await page.locator('.bottom .quiet').click();
  const later = page.getByRole('link', { name: '暂不决定，返回应用' });
  assert.equal(await later.getAttribute('href'), 'com.example.app:/signed?contract=c1&state=signing');
  await page.locator('#refuse-reason').fill('利率与约定不符');
  await page.locator('dialog .danger').click();
  await page.locator('.middle').waitFor();
  assert.equal(await page.getByRole('link', { name: '返回应用' }).getAttribute('href'), 'com.example.app:/signed?contract=c1&state=refused');
  assert.deepEqual((await signer.told()).map(({ event }) => event), ['ready', 'refused']);
  assert.equal(server.state.refusal, '利率与约定不符');
  assert.deepEqual(signer.faults, []);
});

test('without an address to go back to there is no way back', async () => {
  const { signer, page } = await visit({ state: 'signed' });
  await page.locator('.mark.good').waitFor();
  assert.equal(await signer.wayBack(), null);
});

test('a second screen opens by the clerk’s code, and keeps nothing for the next signer', async () => {
  const session = { required: ['attendant', 'id-photo-front', 'reading', 'device', 'handwriting'], collected: ['attendant', 'reading'] };
  const server = await mock({ session });
  const signer = await Signer.open(browser, `${server.origin}/sign/`, TABLET, 'en-US');
  const { page } = signer;
  open.push(() => page.context().close(), server.close);
  await page.getByRole('link', { name: 'At a counter? Enter the code' }).click();
  await page.locator('#pairing').waitFor();
  server.state.pairing = '12345678';
  await signer.pair('8765 4321x');
  assert.match(await page.locator('.problem').innerText(), /staff-code-unknown/);
  assert.equal(await page.locator('#pairing').inputValue(), '');
  await signer.pair('1234 5678');

  // The clerk takes the photograph on the other screen; this one goes on by itself.
  await signer.evidence('id-photo-front').waitFor();
  server.state.session.collected.push('id-photo-front');
  await signer.write();
  await signer.submit();
  await page.reload();
  await page.getByRole('link', { name: 'Next signer: enter a code' }).click();
  await page.locator('#pairing').waitFor();
  assert.equal(await page.locator('#pairing').evaluate((field) => field === document.activeElement), true);
  assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), []);
  await page.goto(`${server.origin}/sign/`);
  await page.locator('.mark.stop').waitFor();
  assert.match(await page.locator('.middle').innerText(), /link-missing/);
  assert.deepEqual(signer.faults, []);
});

/** Width and height of a JPEG, by its frame header (ITU-T T.81, B.2.2). */
function sizeOf(jpeg) {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at + 1] >= 0xc0 && jpeg[at + 1] <= 0xc2) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
  }
  return null;
}
