// What islands read from the page: its colours, its data, its wishes about motion.

/** Return the value of one of the page's colours, as light or dark has it now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Return the page's family of type, as canvases need it. */
export function family(): string {
  return getComputedStyle(document.body).fontFamily;
}

/** Return the JSON that a picture names; an address elsewhere is refused by the page's policy. */
export async function dataOf<T>(picture: HTMLElement): Promise<T> {
  const address = picture.dataset["url"];
  if (!address) throw new Error("the picture names no data");
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** Return whether motion is unwelcome. */
export function still(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Call `act` whenever light turns to dark or back. */
export function onScheme(act: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
}

/** Make an element; text is always text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  settings: { class?: string; text?: string } = {},
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (settings.class) made.className = settings.class;
  if (settings.text !== undefined) made.textContent = settings.text;
  return made;
}
