// Opens pages in Debian's Chromium. Pages are written by the scalesim binary, so its escaping is tested too.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const BINARY = process.env.SCALESIM_BINARY ?? "build/dev/scalesim";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export async function launch() {
  return chromium.launch({ executablePath: process.env.SCALESIM_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** A folder that is gone at the end, and a page file in it for each document. */
export class PageFolder {
  folder = mkdtempSync(join(tmpdir(), "scalesim-web-"));

  write(name, document) {
    const json = join(this.folder, `${name}.json`);
    const html = join(this.folder, `${name}.html`);
    writeFileSync(json, JSON.stringify(document));
    execFileSync(BINARY, ["report", json, "--html", html]);
    return `file://${html}`;
  }

  remove() {
    rmSync(this.folder, { recursive: true });
  }
}

/** A tab that shows `address`; `errors` gathers what the console and the page complain of, and every request. */
export async function open(browser, address, { width = 1280, height = 900, scheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, permissions: ["clipboard-read", "clipboard-write"] });
  context.setDefaultTimeout(120000);
  const tab = await context.newPage();
  const errors = [];
  const requests = [];
  tab.on("console", (message) => { if (["error", "warning"].includes(message.type())) errors.push(message.text()); });
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("request", (request) => requests.push(request.url()));
  await tab.goto(address);
  await tab.waitForSelector("main");
  return { tab, errors, requests, close: () => context.close() };
}
