import { computed, ref, watchEffect } from 'vue';

/** A text in both languages of the pages. `{name}` marks a place that is filled in. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

export type Language = keyof Text;

/** The language that suits a list of browser preferences: the first that we speak, else Chinese. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'zh' || primary === 'en') return primary;
  }
  return 'zh';
}

const browser = typeof navigator === 'undefined' ? [] : [navigator.language];

/** The language that the page speaks now. */
export const language = ref<Language>(pickLanguage(browser));

/** The BCP 47 tag of {@link language}. */
export const languageTag = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en'));

/** Says a text in the page's language, with its places filled in. */
export function say(text: Text, values: Record<string, string | number> = {}): string {
  return text[language.value].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const DAY = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;

/** An RFC 3339 time as the signer's own clock shows it; the text itself when it is not a time. */
export function sayTime(time: string, form: 'day' | 'clock' | 'second' = 'day'): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const parts = { day: { ...DAY, ...CLOCK }, clock: CLOCK, second: { ...DAY, ...CLOCK, second: '2-digit' } as const }[form];
  return new Intl.DateTimeFormat(language.value === 'zh' ? 'zh-CN' : 'en-GB', parts).format(at);
}

/** Keeps the `lang` of the document equal to the language of the page. */
export function declareLanguage(): void {
  watchEffect(() => { document.documentElement.lang = languageTag.value; });
}
