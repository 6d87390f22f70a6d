// Reads the document that scalesim put into this page and shows it with the view of its schema.
import "./style.css";
import { el } from "./dom";
import { Page } from "./page";
import { show_model } from "./views/model";
import { show_model_comparison } from "./views/model_comparison";
import { show_plan } from "./views/plan";
import { show_prediction } from "./views/prediction";
import { show_profile } from "./views/profile";
import { show_topology } from "./views/topology";
import { show_validation } from "./views/validation";

const VIEWS: Record<string, (page: Page, document: any) => void> = {
  comparison: show_model_comparison,
  model: show_model,
  plan: show_plan,
  prediction: show_prediction,
  profile: show_profile,
  topology: show_topology,
  validation: show_validation,
};

function start(): void {
  const text = document.getElementById("scalesim-data")!.textContent!;
  const root = document.body.appendChild(el("div", { id: "page" }));
  try {
    const data = JSON.parse(text);
    const kind = /^scalesim\.(\w+)\/1$/.exec(data.schema)?.[1] ?? "";
    if (!(kind in VIEWS)) throw new Error(`this page cannot show "${data.schema}"`);
    VIEWS[kind](new Page(root), data);
  } catch (error) {
    root.replaceChildren(el("main", {}, el("h1", {}, "scalesim"), el("p", { role: "alert" }, `The report cannot be shown: ${(error as Error).message}`)));
    throw error;
  }
}

start();
