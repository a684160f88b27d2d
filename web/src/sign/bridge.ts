/** What the page tells an APP that shows it in a WebView, and the way back to the APP. */

/** Where the page stands: shown, signed, refused, or left by the signer. */
export type BridgeEvent = 'ready' | 'signed' | 'refused' | 'closed';

export interface BridgeMessage {
  event: BridgeEvent;
  contract: string;
  /** The act, of `signed`. */
  act?: string;
}

interface Port {
  postMessage(message: string): void;
}

/** What an APP puts into the page's window: WKScriptMessageHandler, or an Android object. */
export interface BridgeWindow {
  webkit?: { messageHandlers?: { inkseal?: Port } };
  inksealBridge?: Port;
}

/**
 * Tells the APP, as JSON text, and says whether there was one. No message holds a secret or
 * personal data; an APP that fails does not fail the page.
 */
export function tellApp({ event, contract, act }: BridgeMessage, host: BridgeWindow = globalThis as BridgeWindow): boolean {
  const message = JSON.stringify(act === undefined ? { event, contract } : { event, contract, act });
  let told = false;
  // Read anew each time: an APP may put its object in after the page has begun.
  for (const port of [() => host.webkit?.messageHandlers?.inkseal, () => host.inksealBridge]) {
    try {
      const to = port();
      if (typeof to?.postMessage !== 'function') continue;
      to.postMessage(message);
      told = true;
    } catch (error) {
      console.warn('the APP did not take a message', error);
    }
  }
  return told;
}

const script = /^(?:javascript|data|vbscript|file|blob|about|filesystem|view-source):/i;

/**
 * The address to go back to, with contract and state in its query. The server lets no address
 * in that is not one to return to; one that a browser would run is refused here once more.
 */
export function wayBack(returnUrl: string | null | undefined, contract: string, state: string): string | null {
  if (!returnUrl || script.test(returnUrl.trim())) return null;
  const answer = new URLSearchParams({ contract, state }).toString();
  // By hand: a URL object changes the path of a scheme that it does not know.
  return `${returnUrl}${returnUrl.includes('?') ? '&' : '?'}${answer}`;
}
