import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { fonts } from "./fonts.ts";
import { licences } from "./licences.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Entries have fixed names (the pages add a hash of the content), chunks carry their own hash.
export default defineConfig({
  root: here("."),
  base: "./",
  publicDir: false,
  plugins: [fonts(), licences()],
  build: {
    outDir: here("../src/vigie_node/web/static/web/build"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: { vigie: here("src/vigie.ts"), passkeys: here("src/passkeys.ts") },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
