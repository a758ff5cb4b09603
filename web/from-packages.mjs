// Writes what our pages take from packages: colours and spacing (tokens.css) and icons (icons.html).
// Both files are kept in the repository, so that pages need no Node. `--check` fails when they are stale.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WEB = join(ROOT, "src/vigie_node/web");

const TOKENS = [
  "color-blue-50", "color-blue-100", "color-blue-200", "color-blue-300", "color-blue-700", "color-blue-800",
  "color-green-200", "color-green-300", "color-green-750", "color-green-50",
  "color-red-50", "color-red-250", "color-red-650", "color-red-750",
  "color-yellow-50", "color-yellow-350", "color-yellow-750", "color-yellow-800",
  "spacing-50", "spacing-100", "spacing-150", "spacing-200", "spacing-300", "spacing-400", "spacing-500",
  "spacing-600", "spacing-800", "border-radius-sm", "border-radius-md",
];

const ICONS = [
  "activity", "arrow-down", "arrow-up", "arrow-up-down", "ban", "bell", "binoculars", "book-open", "calendar",
  "chevron-down", "chevron-left", "chevron-right", "circle-check", "circle-dashed", "circle-dot",
  "circle-question-mark", "circle-slash", "circle-x", "clock", "database", "download", "external-link", "eye",
  "file-text", "filter", "gauge", "globe", "hash", "history", "hourglass", "inbox", "info", "keyboard", "layers",
  "link", "list-checks", "lock", "log-out", "minus", "network", "octagon-alert", "play", "plus", "quote", "radio",
  "repeat", "rotate-ccw", "scroll-text", "search", "settings", "shield-check", "square-pen", "trash-2",
  "triangle-alert", "upload", "user", "users", "x",
];

function tokens() {
  const source = readFileSync(join(ROOT, "node_modules/@gcds-core/tokens/build/web/css/tokens.css"), "utf8");
  const lines = TOKENS.map((name) => {
    const found = source.match(new RegExp(`^\\s*(--gcds-${name}: [^;]+;)`, "m"));
    if (!found) throw new Error(`@gcds-core/tokens no longer has ${name}`);
    return `  ${found[1]}`;
  });
  return `/* Made by web/from-packages.mjs from @gcds-core/tokens (MIT, Government of Canada). */\n:root {\n${lines.join("\n")}\n}\n`;
}

function shape(name) {
  const source = readFileSync(join(ROOT, `node_modules/lucide-static/icons/${name}.svg`), "utf8");
  return [...source.matchAll(/<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*\/>/g)]
    .map(([mark]) => mark.replace(/\s+/g, " ").replace(" />", "/>"))
    .join("");
}

function icons() {
  const shapes = ICONS.map((name) => `  "${name}": '${shape(name)}'|safe,`);
  return `{# Made by web/from-packages.mjs from lucide-static (ISC and MIT). #}\n{% set shapes = {\n${shapes.join("\n")}\n} %}\n`;
}

const made = { "static/web/tokens.css": tokens(), "templates/web/icons.html": icons() };
for (const [name, text] of Object.entries(made)) {
  const file = join(WEB, name);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) throw new Error(`${name} is stale: npm run from-packages`);
}
