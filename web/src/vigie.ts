// What every page loads: htmx for parts that refresh, and only the islands that this page has.
import htmx from "htmx.org";
import { watchArrivals } from "./arrivals";
import { watchKeys } from "./keys";

Object.assign(htmx.config, {
  includeIndicatorStyles: false, // a <style> put in by script would be blocked, and our own sheet has them
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyEnabled: false, // no copies of pages in the browser's storage
  historyCacheSize: 0,
});

type Island = (picture: HTMLElement) => Promise<void>;

const ISLANDS: Record<string, () => Promise<Island>> = {
  graph: async () => (await import("./graph")).showGraph,
  chart: async () => (await import("./charts")).showChart,
};

/** Let an island take over from a picture; whatever fails, the picture and its table stay. */
async function enhance(picture: HTMLElement): Promise<void> {
  const load = ISLANDS[picture.dataset["island"] ?? ""];
  if (!load || picture.dataset["islandState"]) return;
  picture.dataset["islandState"] = "loading";
  try {
    await (await load())(picture);
    picture.dataset["islandState"] = "shown";
  } catch (error) {
    picture.dataset["islandState"] = "kept";
    console.info("The static picture stays:", error);
  }
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      nearby.unobserve(entry.target);
      void enhance(entry.target as HTMLElement);
    }
  },
  { rootMargin: "400px" },
);

function watchIslands(part: ParentNode): void {
  for (const picture of part.querySelectorAll<HTMLElement>("[data-island]")) nearby.observe(picture);
}

/** A menu that is open closes when one looks elsewhere; without script it stays open, which is fine. */
function watchMenus(): void {
  const menus = (): NodeListOf<HTMLDetailsElement> => document.querySelectorAll<HTMLDetailsElement>("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

watchIslands(document);
watchKeys();
watchArrivals();
watchMenus();
document.addEventListener("htmx:load", (event) => watchIslands(event.target as HTMLElement));
