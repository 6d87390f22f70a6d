// Pictures of every page, light and dark, wide and phone: node screenshots.mjs FOLDER [KIND...]
import { mkdirSync } from "node:fs";
import { ALL } from "./documents.mjs";
import { launch, open, PageFolder } from "./browser.mjs";

const [folder, ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const pages = new PageFolder();
const browser = await launch();
for (const kind of wanted.length ? wanted : Object.keys(ALL)) {
  const address = pages.write(kind, ALL[kind]());
  for (const [form, width] of [["wide", 1280], ["phone", 390]])
    for (const scheme of ["light", "dark"]) {
      const { tab, errors, close } = await open(browser, address, { width, scheme });
      await tab.screenshot({ path: `${folder}/${kind}-${form}-${scheme}.png`, fullPage: true });
      if (errors.length) console.error(kind, form, scheme, errors);
      await close();
    }
}
await browser.close();
pages.remove();
