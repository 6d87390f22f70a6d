// Pictures of every page, light and dark, wide and phone: node screenshots.mjs FOLDER [KIND|FILE.json...]
import { mkdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { ALL } from "./documents.mjs";
import { launch, open, PageFolder } from "./browser.mjs";

const [folder, ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const pages = new PageFolder();
const browser = await launch();
for (const kind of wanted.length ? wanted : Object.keys(ALL)) {
  const file = kind.endsWith(".json");
  const name = file ? basename(kind, ".json") : kind;
  const address = pages.write(name, file ? JSON.parse(readFileSync(kind, "utf8")) : ALL[kind]());
  for (const [form, width] of [["wide", 1280], ["phone", 390]])
    for (const scheme of ["light", "dark"]) {
      const { tab, errors, close } = await open(browser, address, { width, scheme });
      await tab.screenshot({ path: `${folder}/${name}-${form}-${scheme}.png`, fullPage: true });
      if (errors.length) console.error(name, form, scheme, errors);
      await close();
    }
}
await browser.close();
pages.remove();
