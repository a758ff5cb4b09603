// Tables by keyboard: j and k move between rows, x selects, Enter opens, ? lists the keys.

const TYPING = "input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]";

function rows(): HTMLTableRowElement[] {
  return [...document.querySelectorAll<HTMLTableRowElement>("table[data-keys] tbody tr")];
}

function current(all: HTMLTableRowElement[]): number {
  return all.findIndex((row) => row.contains(document.activeElement));
}

function move(step: 1 | -1): void {
  const all = rows();
  const at = current(all);
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function inRow<E extends HTMLElement>(selector: string): E | null {
  const all = rows();
  return all[current(all)]?.querySelector<E>(selector) ?? null;
}

function help(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#keyboard-help");
  if (dialog && !dialog.open) dialog.showModal();
}

const ACTS: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  x: () => inRow<HTMLInputElement>("input[type=checkbox]")?.click(),
  "?": help,
};

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const target = event.target as HTMLElement;
  if (target.matches(TYPING) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter") {
    if (target.matches("table[data-keys] tbody tr")) inRow<HTMLAnchorElement>("a[href]")?.click();
    return;
  }
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** Listen, where a page has a table to move in. */
export function watchKeys(): void {
  if (!document.querySelector("table[data-keys]")) return;
  document.addEventListener("keydown", onKey);
  for (const hint of document.querySelectorAll<HTMLElement>("[data-keys-hint]")) {
    hint.hidden = false;
    hint.querySelector("button")?.addEventListener("click", help);
  }
}
