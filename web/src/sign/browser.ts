import type { Device } from './api';

/** What this device says of itself, as evidence: screen in CSS pixels at its pixel ratio. */
export function describeDevice(): Device {
  return {
    user_agent: navigator.userAgent,
    screen: `${screen.width}x${screen.height}@${devicePixelRatio}`,
    language: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/** The link in the fragment of the address: 32 hex digits, else null. */
export function linkIn(fragment: string): string | null {
  return /^#([0-9a-f]{32})$/i.exec(fragment)?.[1]?.toLowerCase() ?? null;
}

/** Whether the fragment of the address asks for a clerk's code: the second screen of a counter. */
export function asksToPair(fragment: string): boolean {
  return fragment === '#pair';
}

/** Lets the browser save a file. */
export function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // Some browsers read the file only after the click was handled.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
