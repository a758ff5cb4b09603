// Faces of Noto Sans that our pages may need, each fetched only when a page shows its characters.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const packageFolder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

interface Source { package: string; sheet: string; family: string; subsets: RegExp; into?: string; }

const ALL = /./;
const SOURCES: Source[] = [
  { package: "@fontsource/noto-sans-sc", sheet: "400.css", family: "Noto Sans SC", subsets: /^(\d+|chinese-simplified)$/, into: "fonts-sc.css" },
  { package: "@fontsource/noto-sans-canadian-aboriginal", sheet: "400.css", family: "Noto Sans Canadian Aboriginal", subsets: /^canadian-aboriginal$/ },
  { package: "@fontsource/noto-sans-canadian-aboriginal", sheet: "600.css", family: "Noto Sans Canadian Aboriginal", subsets: /^canadian-aboriginal$/ },
  { package: "@fontsource/noto-sans-arabic", sheet: "400.css", family: "Noto Sans Arabic", subsets: /^arabic$/ },
  { package: "@fontsource/noto-sans-arabic", sheet: "600.css", family: "Noto Sans Arabic", subsets: /^arabic$/ },
  { package: "@fontsource/noto-sans-gurmukhi", sheet: "400.css", family: "Noto Sans Gurmukhi", subsets: /^gurmukhi$/ },
  { package: "@fontsource/noto-sans-gurmukhi", sheet: "600.css", family: "Noto Sans Gurmukhi", subsets: /^gurmukhi$/ },
  { package: "@fontsource-variable/noto-sans", sheet: "wght.css", family: "Noto Sans", subsets: ALL },
];

const LICENCE = "/* Noto Sans, SIL Open Font License 1.1, from @fontsource. */";
const FACE = /@font-face\s*{[^}]*}/g;
const FILE = /url\(\.\/files\/([^)]+\.woff2)\)/;
const SUBSET = /\[?([a-z0-9-]+?)\]?-(?:\d{3}|wght)-normal\.woff2$/;

function subsetOf(file: string, name: string): string {
  const stem = name.replace(/^@[^/]+\//, "");
  return SUBSET.exec(file.slice(stem.length + 1))?.[1] ?? "";
}

export function fonts(): Plugin {
  return {
    name: "vigie-fonts",
    generateBundle() {
      const sheets = new Map<string, string[]>();
      for (const source of SOURCES) {
        const folder = packageFolder(source.package);
        const sheet = readFileSync(join(folder, source.sheet), "utf8");
        for (const face of sheet.match(FACE) ?? []) {
          const file = FILE.exec(face)?.[1];
          if (!file || !source.subsets.test(subsetOf(file, source.package))) continue;
          this.emitFile({ type: "asset", fileName: `fonts/${file}`, source: readFileSync(join(folder, "files", file)) });
          const sheetName = source.into ?? "fonts.css"; // Chinese has a hundred faces: its sheet comes last
          sheets.set(sheetName, [
            ...(sheets.get(sheetName) ?? []),
            face
              .replace(/font-family: '[^']+'/, `font-family: "${source.family}"`)
              .replace(/src: [^;]+;/, `src: url(fonts/${file}) format("woff2");`)
              .replace(/\s+/g, " "),
          ]);
        }
      }
      for (const [fileName, faces] of sheets) {
        this.emitFile({ type: "asset", fileName, source: `${LICENCE}\n${faces.join("\n")}\n` });
      }
    },
  };
}
