// Colours, dashes and symbols. A system keeps its three marks everywhere, so it is told apart without colour too.
import type { ViewState } from "./state";

export interface Palette {
  text: string;
  muted: string;
  line: string;
  surface: string;
  series: string[];
  slow: string;
  good: string;
}

// At least 3:1 against the surface for every series, 4.5:1 for text.
const LIGHT: Palette = {
  text: "#1b1f24", muted: "#57606a", line: "#d0d7de", surface: "#ffffff",
  series: ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#9a6700", "#0e7490", "#bf3989", "#57606a"],
  slow: "#cf222e", good: "#1a7f37",
};
const DARK: Palette = {
  text: "#e6edf3", muted: "#9aa4af", line: "#3a424c", surface: "#161b22",
  series: ["#58a6ff", "#f0883e", "#3fb950", "#bc8cff", "#d8a528", "#39c5cf", "#ff7bb5", "#9aa4af"],
  slow: "#ff7b72", good: "#3fb950",
};

const DASHES: number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [14, 4], [1, 2], [6, 2, 2, 2, 2, 2]];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "arrow",
  // A plus, a triangle on its tip, a cross and a star, from -1 to 1: hollow symbols would be filled with white in the dark.
  "path://M-.35,-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z", "path://M-1,-.8H1L0,1Z",
  "path://M-.75,-1L0,-.25L.75,-1L1,-.75L.25,0L1,.75L.75,1L0,.25L-.75,1L-1,.75L-.25,0L-1,-.75Z",
  "path://M0,-1L.29,-.31L1,-.31L.44,.16L.62,.9L0,.46L-.62,.9L-.44,.16L-1,-.31L-.29,-.31Z"];

/** The outline of a symbol that the chart library has no name for, from -1 to 1. */
export function outline_of(symbol: string): string | null {
  return symbol.startsWith("path://") ? symbol.slice(7) : null;
}

/** The marks of the nth series. */
export interface Mark {
  color: string;
  dash: number[];
  symbol: string;
}

export class Theme {
  constructor(private state: ViewState) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.apply());
    state.on_change(() => this.apply());
    this.apply();
  }

  get dark(): boolean {
    const chosen = this.state.get("theme", "auto");
    return chosen === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
  }

  get palette(): Palette {
    return this.dark ? DARK : LIGHT;
  }

  mark(index: number): Mark {
    const series = this.palette.series;
    return { color: series[index % series.length], dash: DASHES[index % DASHES.length], symbol: SYMBOLS[index % SYMBOLS.length] };
  }

  apply(): void {
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
  }
}
