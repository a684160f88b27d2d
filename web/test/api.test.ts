import { describe, expect, it } from 'vitest';
import { Problem, SigningApi } from '../src/sign/api';

interface Sent {
  url: string;
  init: RequestInit;
}

function api(answer: () => Response | Promise<Response>): { api: SigningApi; sent: Sent[] } {
  const sent: Sent[] = [];
  const fetcher = (async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return answer();
  }) as typeof fetch;
  return { api: new SigningApi(fetcher), sent };
}

const problem = (status: number, body: unknown): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } });

describe('the API', () => {
  it('sends secret, body and idempotency key where they belong', async () => {
    const receipt = { act: 'a', evidence: 'sm3:00' };
    const { api: signing, sent } = api(() => new Response(JSON.stringify(receipt)));
    signing.secret = 'feed';
    await signing.submit(Uint8Array.of(1, 2, 3), 'key-1');
    expect(sent[0]!.url).toBe('/api/v1/session/submission');
    expect(sent[0]!.init.headers).toMatchObject({
      Authorization: 'Bearer feed', 'Idempotency-Key': 'key-1', 'Content-Type': 'application/vnd.inkseal.envelope',
    });
    expect(sent[0]!.init.body).toEqual(Uint8Array.of(1, 2, 3));
    expect(sent[0]!.url).not.toContain('feed');
  });

  it('gives a problem its code, detail and tries', async () => {
    const { api: signing } = api(() => problem(422, { code: 'code-wrong', detail: 'the code is wrong', status: 422, left: 3 }));
    await expect(signing.checkCode('000000')).rejects.toMatchObject({ code: 'code-wrong', message: 'the code is wrong', status: 422, left: 3 });
  });

  it('names a failure without a code by its status', async () => {
    const { api: signing } = api(() => problem(502, '<html>Bad gateway</html>'));
    await expect(signing.session()).rejects.toMatchObject({ code: 'http-502', status: 502 });
  });

  it('says "network" when there is no answer, and when it breaks off', async () => {
    const broken = new ReadableStream({ start: (stream) => stream.error(new TypeError('gone')) });
    for (const answer of [() => Promise.reject(new TypeError('Failed to fetch')), () => new Response(broken)]) {
      const { api: signing } = api(answer);
      const failure = await signing.session().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Problem);
      expect(failure).toMatchObject({ code: 'network' });
    }
  });

  it.each(['', 'null', '[]', '{"contract":"c"}', '<html>'])('refuses an answer that is no session: %s', async (text) => {
    const { api: signing } = api(() => new Response(text));
    await expect(signing.session()).rejects.toMatchObject({ code: 'answer' });
  });
});
