// New alerts while a list stays open: one quiet line that leads to them. Without script nothing changes.
// It imports nothing: what it shared with an island would make that island load this bundle a second time, under
// an address without its hash, and htmx with it.

/** Listen for as long as the page is in sight; the server says when the session is over. */
export function watchArrivals(): void {
  const line = document.querySelector<HTMLElement>("[data-arrivals]");
  const address = line?.dataset["arrivals"];
  if (!line || !address) return;
  let source: EventSource | null = null;

  function tell(event: MessageEvent<string>): void {
    if (!line) return;
    const link = document.createElement("a");
    link.textContent = event.data;
    link.href = line.dataset["list"] ?? "";
    line.replaceChildren(link);
  }

  function listen(): void {
    source = new EventSource(address ?? "");
    source.addEventListener("alerts", tell);
    source.addEventListener("over", rest);
  }

  function rest(): void {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : source ?? listen()));
  window.addEventListener("pagehide", rest);
  listen();
}
