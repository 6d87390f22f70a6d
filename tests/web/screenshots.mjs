// Pictures of pages in all four forms, light and dark, wide and phone: node screenshots.mjs FOLDER [KIND|FILE.json|FILE.html...]
import { mkdirSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ALL } from "./documents.mjs";
import { launch, open, PageFolder } from "./browser.mjs";

const [folder, ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const pages = new PageFolder();
const browser = await launch();
let faults = 0;

function page_of(kind) {
  const name = basename(basename(kind, ".json"), ".html");
  if (kind.endsWith(".html")) return [name, `file://${resolve(kind)}`];
  return [name, pages.write(name, kind.endsWith(".json") ? JSON.parse(readFileSync(kind, "utf8")) : ALL[kind]())];
}

for (const kind of wanted.length ? wanted : Object.keys(ALL)) {
  const [name, address] = page_of(kind);
  for (const [form, width] of [["wide", 1400], ["phone", 390]])
    for (const scheme of ["light", "dark"]) {
      const { tab, errors, close } = await open(browser, address, { width, scheme });
      // What a phone cannot show is a fault that a picture hides: it is cut at the window's edge.
      const beyond = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await tab.screenshot({ path: `${folder}/${name}-${form}-${scheme}.png`, fullPage: true });
      if (beyond > 0) errors.push(`${beyond} pixels wider than the window`);
      for (const error of errors) console.error(`${name} ${form} ${scheme}: ${error}`);
      faults += errors.length;
      await close();
    }
  console.log(name);
}
await browser.close();
pages.remove();
process.exitCode = faults ? 1 : 0;
