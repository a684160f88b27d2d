import { describe, expect, it, vi } from 'vitest';
import { tellApp, wayBack, type BridgeWindow } from '../src/sign/bridge';

const contract = '0123456789abcdef0123456789abcdef';

function port() {
  const heard: unknown[] = [];
  return { heard, postMessage: (message: string) => void heard.push(JSON.parse(message)) };
}

describe('the bridge to an APP', () => {
  it('tells iOS and Android the same, as JSON text', () => {
    const [ios, android] = [port(), port()];
    const hosts: BridgeWindow[] = [{ webkit: { messageHandlers: { inkseal: ios } } }, { inksealBridge: android }];
    for (const host of hosts) {
      expect(tellApp({ event: 'ready', contract }, host)).toBe(true);
      expect(tellApp({ event: 'signed', contract, act: 'a1' }, host)).toBe(true);
    }
    expect(ios.heard).toEqual([{ event: 'ready', contract }, { event: 'signed', contract, act: 'a1' }]);
    expect(android.heard).toEqual(ios.heard);
  });

  it('keeps its peer as the receiver, as Android demands', () => {
    const inksealBridge = {
      postMessage(this: unknown) {
        if (this !== inksealBridge) throw new TypeError('Java bridge method can\'t be invoked on a non-injected object');
      },
    };
    expect(tellApp({ event: 'closed', contract }, { inksealBridge })).toBe(true);
  });

  it('says nothing of the session beyond event, contract and act', () => {
    const android = port();
    const more = { event: 'signed', contract, act: 'a1', secret: 's', signer: '陈思远' } as const;
    tellApp(more, { inksealBridge: android });
    expect(android.heard).toEqual([{ event: 'signed', contract, act: 'a1' }]);
  });

  it('does without an APP, and with one that fails', () => {
    const none: BridgeWindow[] = [{}, { webkit: {} }, { webkit: { messageHandlers: {} } }, { inksealBridge: {} as never }];
    for (const host of none) expect(tellApp({ event: 'ready', contract }, host)).toBe(false);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const broken = { postMessage: () => { throw new Error('gone'); } };
    expect(tellApp({ event: 'ready', contract }, { inksealBridge: broken })).toBe(false);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});

describe('the way back', () => {
  it('adds contract and state to the query', () => {
    const answer = `contract=${contract}&state=signed`;
    expect(wayBack('com.example.app:/done', contract, 'signed')).toBe(`com.example.app:/done?${answer}`);
    expect(wayBack('https://example.com/done?x=1', contract, 'signed')).toBe(`https://example.com/done?x=1&${answer}`);
    expect(new URL(wayBack('https://example.com', contract, 'signed')!).searchParams.get('state')).toBe('signed');
  });

  it('is none without an address, and never a script', () => {
    expect(wayBack(null, contract, 'signed')).toBeNull();
    expect(wayBack('', contract, 'signed')).toBeNull();
    for (const bad of ['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'file:///etc', 'blob:https://a/b']) {
      expect(wayBack(bad, contract, 'signed')).toBeNull();
    }
  });

  it('escapes what it adds', () => {
    expect(wayBack('https://example.com/', 'a&b=c', 'signed')).toBe('https://example.com/?contract=a%26b%3Dc&state=signed');
  });
});
