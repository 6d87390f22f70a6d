// Controls bound to the view's state: native inputs, so they work with a keyboard and a screen reader.
import { el, slug, svg } from "./dom";
import type { ViewState } from "./state";
import { outline_of, type Mark } from "./theme";

/** One of a few: radio buttons in a row. `options` are [value, label]; the first is the default unless named. */
export function choice(state: ViewState, key: string, label: string, options: [string, string][], fallback = options[0][0]): HTMLElement {
  const inputs = options.map(([value, text]) => {
    const id = `${slug(key)}-${slug(value)}`;
    const input = el("input", { type: "radio", name: key, id, value, change: () => state.set(key, value, fallback) });
    return { input, node: el("span", { class: "option" }, input, el("label", { for: id }, text)) };
  });
  const show = () => inputs.forEach(({ input }) => { input.checked = input.value === state.get(key, fallback); });
  state.on_change(show);
  show();
  return el("fieldset", { class: "choice" }, el("legend", {}, label), ...inputs.map(({ node }) => node));
}

/** One of many: a drop-down list. */
export function pick(state: ViewState, key: string, label: string, options: string[], fallback: string): HTMLElement {
  const id = `pick-${slug(key)}`;
  const select = el("select", { id, change: () => state.set(key, select.value, fallback) },
    ...options.map((value) => el("option", { value }, value)));
  const show = () => { select.value = state.get(key, fallback); };
  state.on_change(show);
  show();
  return el("span", { class: "pick" }, el("label", { for: id }, label), select);
}

/** A line with its dash and symbol, as the charts draw it. */
export function swatch(mark: Mark): SVGElement {
  const shapes: Record<string, SVGElement> = {
    rect: svg("rect", { x: 13, y: 3, width: 8, height: 8 }),
    roundRect: svg("rect", { x: 13, y: 3, width: 8, height: 8, rx: 2 }),
    triangle: svg("path", { d: "M17 2l5 9h-10z" }),
    arrow: svg("path", { d: "M17 2l5 10l-5 -3l-5 3z" }),
    diamond: svg("path", { d: "M17 1l5 6l-5 6l-5-6z" }),
    circle: svg("circle", { cx: 17, cy: 7, r: 4.5 }),
  };
  const outline = outline_of(mark.symbol);
  const shape = outline ? svg("path", { d: outline, transform: "translate(17,7) scale(5)", stroke: "none" }) : shapes[mark.symbol] ?? shapes.circle;
  return svg("svg", { width: 34, height: 14, "aria-hidden": "true", fill: mark.color, stroke: mark.color },
    svg("line", { x1: 0, x2: 34, y1: 7, y2: 7, "stroke-width": 2.25, "stroke-dasharray": mark.dash.join(" ") || undefined }),
    shape);
}

/** A check box per name, shown or hidden everywhere at once; marks follow the theme. */
export function switches(state: ViewState, key: string, label: string, names: string[], mark: (index: number) => Mark): HTMLElement {
  const boxes = names.map((name, index) => {
    const input = el("input", { type: "checkbox", change: () => state.toggle(key, name) });
    const sign = el("span", { class: "swatch" });
    return { name, index, input, sign, node: el("label", { class: "switch" }, input, sign, name) };
  });
  const show = () => {
    const hidden = state.members(key);
    for (const box of boxes) {
      box.input.checked = !hidden.has(box.name);
      box.sign.replaceChildren(swatch(mark(box.index)));
    }
  };
  state.on_change(show);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return el("fieldset", { class: "switches" }, el("legend", {}, label), ...boxes.map((box) => box.node));
}
