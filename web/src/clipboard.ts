// Gives text and pictures away: to the clipboard where the browser lets us, else as a downloaded file.
import { el } from "./dom";

function download(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** Resolves to what happened, as a sentence for the reader. */
export async function give_text(text: string, name: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    download(name, new Blob([text], { type: "text/csv" }));
    return `The browser does not allow copying: saved as ${name}.`;
  }
}

export async function give_picture(canvas: HTMLCanvasElement, name: string): Promise<string> {
  const blob = await new Promise<Blob>((done, fail) =>
    canvas.toBlob((made) => (made ? done(made) : fail(new Error("no picture"))), "image/png"));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    return "Picture copied.";
  } catch {
    download(name, blob);
    return `The browser does not allow copying: saved as ${name}.`;
  }
}
