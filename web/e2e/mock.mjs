// A stand-in for the server, for the tests of the page alone: the same API, faults on demand, no signatures.
// It opens what the page seals, and holds both keys, so that tests see what a server and a forensic centre would.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open, readOpeningKey } from '../../sdk/capture/dist/open.js';
import { paper } from './paper.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
  + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue";
const LINK = '0123456789abcdef0123456789abcdef';
const ENVELOPE = 'application/vnd.inkseal.envelope';
/** Kinds that the server does not open. */
const FORENSIC = ['signing-photo', 'video', 'voice'];
const TEXTS = ['handwriting', 'face', 'id-photo-front', 'signing-photo', 'voice', 'video', 'location']
  .map((of) => ({ of, version: '1', zh: `我同意采集：${of}`, en: `I agree to ${of}` }));

/** A fresh key pair on SM2 or P-256. */
export async function freshKey(namedCurve) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { spki, opening: await readOpeningKey(new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }))) };
}

/**
 * Serves dist/ and one session on a free port of this machine.
 * `session` overrides its parts; `pages` gives the pictures: (page, width) -> PNG bytes.
 * `faults` may be filled at any time: a path's tail -> how often to fail, and how.
 */
export async function mock({ session = {}, pages = paper, curve = 'SM2' } = {}) {
  const [transport, forensic] = [await freshKey(curve), await freshKey(curve)];
  const binding = {
    contract: 'c1', item: 'package', revision: `sm3:${'ab'.repeat(32)}`, session: 's1', signer: `sm3:${'cd'.repeat(32)}`, slot: 'borrower',
  };
  const state = {
    transport, forensic, binding, consents: [], evidence: new Map(), questions: [], unknown: 0,
    opened: false, pairing: null, reading: null, codes: 0, tries: 5, submissions: [], receipts: new Map(), refusal: null,
    faults: new Map(), served: new Map(), code: '246810',
    session: {
      session: 's1', contract: 'c1', title: '网络借贷借款合同', role: 'borrower',
      role_title: { zh: '借款人', en: 'borrower' }, mode: 'pad', signer: '张三', sender: '诚信网贷平台',
      document: { digest: `sm3:${'ab'.repeat(32)}`, pages: 4 },
      places: [{ page: 4, rect: [110, 210, 250, 270], page_size: [595.3, 841.9] }], required: ['reading', 'device', 'handwriting'], optional: [], collected: [],
      consents: ['handwriting'], agreed: ['handwriting'], reading_ms: 500, sentence: null,
      sealing: { required: true, binding, transport: transport.spki, forensic: forensic.spki, holder: 'operator' },
      phone: '138****1234', expires: '2026-12-01T08:30:00.000Z', return_url: null, state: 'signing', ...session,
    },
  };
  const server = createServer((request, response) => {
    // A browser silently sends a request again when a kept connection breaks: keep none, so that faults are felt.
    response.setHeader('Connection', 'close');
    answer(state, pages, request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { state, origin, link: `${origin}/sign/#${LINK}`, close: () => { server.closeAllConnections(); server.close(); } };
}

async function answer(state, pages, request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://mock');
  const body = await received(request);
  if (!pathname.startsWith('/api/')) return file(pathname, response);
  const path = pathname.replace('/api/v1', '');
  for (const [tail, fault] of state.faults) {
    if (!path.endsWith(tail) || fault.times <= 0) continue;
    fault.times -= 1;
    if (fault.kind === 'lost') await route(state, pages, request, response, path, searchParams, body, true);
    if (fault.kind === 'problem') return problem(response, fault.status, fault.code, fault.more);
    if (fault.kind === 'altered') return picture(response, state, pages, 1, 750, true);
    return response.destroy();
  }
  return route(state, pages, request, response, path, searchParams, body, false);
}

async function route(state, pages, request, response, path, query, body, lost) {
  const send = (status, value) => (lost ? undefined : json(response, status, value));
  const refuse = (...parts) => (lost ? undefined : problem(response, ...parts));
  if (path === '/sessions/open') {
    if (body.link !== LINK) return refuse(404, 'link-unknown');
    if (state.opened) return refuse(410, 'link-used');
    state.opened = true;
    state.secret = randomBytes(16).toString('hex');
    return send(200, { secret: state.secret, session: state.session });
  }
  if (path === '/pairings/open') {
    if (state.pairing === null || body.code !== state.pairing) return refuse(404, 'staff-code-unknown');
    state.pairing = null;
    state.secret = randomBytes(16).toString('hex');
    return send(200, { secret: state.secret, session: state.session });
  }
  if (request.headers.authorization !== `Bearer ${state.secret}`) return refuse(401, 'unauthorised');
  const page = /^\/session\/pages\/(\d+)\.png$/.exec(path);
  if (page) return picture(response, state, pages, Number(page[1]), Number(query.get('width')), false);
  const kind = /^\/session\/evidence\/([a-z-]+)$/.exec(path)?.[1];
  if (kind) {
    if (state.session.consents.includes(kind) && !state.session.agreed.includes(kind)) return refuse(422, 'consent-missing');
    const key = FORENSIC.includes(kind) ? state.forensic : state.transport;
    const content = await open(key.opening, { ...state.binding, item: kind }, body);
    state.evidence.set(kind, { content: Buffer.from(content), captured: Number(query.get('captured')) });
    state.session.collected.push(kind);
    return send(204);
  }
  switch (path) {
    case '/session': return send(200, state.session);
    case '/session/consents':
      if (request.method === 'GET') return send(200, { texts: TEXTS });
      state.consents.push(body);
      state.session.agreed.push(body.of);
      return send(204);
    case '/session/identity': {
      const question = await opened(state, 'identity', body);
      state.questions.push(question);
      if (state.unknown > 0) {
        state.unknown -= 1;
        return refuse(422, 'identity-mismatch');
      }
      state.session.collected.push('identity', ...(question.question === 'face' ? ['face'] : []));
      return send(204);
    }
    case '/session/reading':
      state.reading = body.pages;
      state.session.collected.push('reading');
      return send(204);
    case '/session/otp':
      state.codes += 1;
      state.tries = 5;
      return send(200, { sent_to: state.session.phone, expires: new Date(Date.now() + 300_000).toISOString() });
    case '/session/otp/check':
      if (state.tries === 0) return refuse(429, 'code-exhausted');
      if (body.code !== state.code) {
        state.tries -= 1;
        return state.tries === 0 ? refuse(429, 'code-exhausted') : refuse(422, 'code-wrong', { left: state.tries });
      }
      state.session.collected.push('code');
      return send(204);
    case '/session/submission': {
      const key = request.headers['idempotency-key'];
      const content = await opened(state, 'package', body);
      state.submissions.push({ key, envelope: Buffer.from(body).toString('base64'), body: content });
      if (!state.receipts.has(key)) {
        if (state.session.state !== 'signing') return refuse(409, 'already-signed');
        state.session.state = 'signed';
        const hex = (length) => randomBytes(length).toString('hex');
        state.receipts.set(key, {
          act: hex(16), contract: 'c1', role: 'borrower', signed_at: '2026-11-24T02:30:12.345Z', state: 'signed',
          revision: `sm3:${hex(32)}`, evidence: `sm3:${hex(32)}`, certificate: hex(16),
        });
      }
      return send(200, state.receipts.get(key));
    }
    case '/session/refusal':
      state.refusal = body.reason;
      state.session.state = 'refused';
      return send(204);
    case '/session/file':
      if (state.session.state !== 'complete') return refuse(409, 'contract-not-complete');
      response.writeHead(200, { 'Content-Type': 'application/pdf' });
      return response.end('%PDF-1.7 stand-in');
    default: return refuse(404, 'not-found');
  }
}

async function picture(response, state, pages, page, width, altered) {
  const bytes = await pages(page, width);
  const digest = createHash('sha256').update(altered ? 'another' : bytes).digest('hex');
  state.served.set(`${page}@${width}`, `sha256:${digest}`);
  response.writeHead(200, { 'Content-Type': 'image/png', 'Inkseal-Page-Digest': `sha256:${digest}` });
  response.end(bytes);
}

async function file(pathname, response) {
  const path = normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
  try {
    const bytes = await readFile(join(DIST, path));
    response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

async function received(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const bytes = Buffer.concat(parts);
  if (request.headers['content-type'] === ENVELOPE) return new Uint8Array(bytes);
  return parts.length > 0 ? JSON.parse(bytes.toString()) : {};
}

/** The JSON of an envelope to the service. */
async function opened(state, item, envelope) {
  const content = await open(state.transport.opening, { ...state.binding, item }, envelope);
  return JSON.parse(Buffer.from(content).toString());
}

/** The samples of a submitted handwriting, as only a forensic centre can read them. */
export async function samplesOf(state, handwriting) {
  const envelope = new Uint8Array(Buffer.from(handwriting.samples, 'base64'));
  const content = await open(state.forensic.opening, { ...state.binding, item: 'handwriting' }, envelope);
  return JSON.parse(Buffer.from(content).toString());
}

function json(response, status, value) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(value === undefined ? '' : JSON.stringify(value));
}

function problem(response, status, code, more = {}) {
  response.writeHead(status, { 'Content-Type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, detail: `mock says ${code}`, code, ...more }));
}
