// The notices of everything that is packed into our scripts, beside them, as their licences ask.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const OTHERS = ["@gcds-core/tokens", "lucide-static", "@fontsource-variable/noto-sans", "@fontsource/noto-sans-sc"];
const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const NOTICE = /^(licen[cs]e|copying)/i;

const folderOf = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

function notice(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
  const files = readdirSync(folder).filter((name) => NOTICE.test(name));
  const texts = files.map((name) => readFileSync(join(folder, name), "utf8").trim());
  return [`${about["name"]} ${about["version"]} (${about["license"]})`, ...texts].join("\n\n");
}

/** Write `licences.txt` for the modules of the bundle and for what pages take from other packages. */
export function licences(): Plugin {
  return {
    name: "vigie-licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((part) => (part.type === "chunk" ? Object.keys(part.modules) : []));
      const packed = modules.flatMap((id) => PACKAGE.exec(id)?.[1] ?? []).filter((folder) => existsSync(join(folder, "package.json")));
      const folders = [...new Set([...packed, ...OTHERS.map(folderOf)])].sort();
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `${folders.map(notice).join(`\n\n${"-".repeat(80)}\n\n`)}\n` });
    },
  };
}
