// Builds the report page into one HTML file: script and style are put inside, so it opens from a disk without network.
import { defineConfig } from "vite";

/** Moves the one script and the one style sheet that Vite wrote into the HTML file. */
function inline_everything() {
  return {
    name: "inline-everything",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const page = files.find((file) => file.fileName.endsWith(".html"));
      const script = files.find((file) => file.type === "chunk");
      const style = files.find((file) => file.fileName.endsWith(".css"));
      // A function as replacement, for "$&" in the script must stay what it is.
      const code = script.code.replace(/<\/script/g, "<\\/script").replace(/<!--/g, "<\\!--");
      page.source = page.source
        .replace(/<script type="module"[^>]*><\/script>\s*/, "")
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style.source}</style>`)
        .replace("</body>", () => `<script type="module">${code}</script>\n</body>`);
      delete bundle[script.fileName];
      delete bundle[style.fileName];
    },
  };
}

export default defineConfig({
  base: "./",
  build: {
    outDir: process.env.SCALESIM_PAGE_FOLDER ?? "dist",
    emptyOutDir: false,
    target: "es2020",
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: { output: { inlineDynamicImports: true } },
  },
  // The page is embedded in a C++ literal that is cut at byte positions: keep it plain ASCII.
  esbuild: { charset: "ascii", legalComments: "none" },
  plugins: [inline_everything()],
});
