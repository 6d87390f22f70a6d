// Rows that are shown as a table and given away as CSV: the same values, formatted for the one, exact in the other.
import { el } from "./dom";

export type Cell = string | number | boolean | null | undefined;

export interface Column {
  title: string;
  /** CSV header: the key of the JSON document, with its unit. */
  key: string;
  format?: (value: any, row: Cell[]) => string | Node;
}

export interface Rows {
  columns: Column[];
  rows: Cell[][];
  /** On a phone every row is a card of its own: for few rows with long texts. */
  cards?: boolean;
}

/** Without the columns that are empty in every row: a document may know much or little. */
export function known_columns(table: Rows): Rows {
  const kept = table.columns.map((_, at) => table.rows.some((row) => row[at] !== null && row[at] !== undefined));
  const keep = <T>(items: T[]) => items.filter((_, at) => kept[at]);
  return { ...table, columns: keep(table.columns), rows: table.rows.map(keep) };
}

function quoted(cell: Cell): string {
  const text = cell === null || cell === undefined ? "" : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function to_csv(table: Rows): string {
  const lines = [table.columns.map((column) => quoted(column.key)), ...table.rows.map((row) => row.map(quoted))];
  return lines.map((line) => line.join(",")).join("\n") + "\n";
}

function shown(column: Column, cell: Cell, row: Cell[]): string | Node {
  if (cell === null || cell === undefined) return "\u2013";
  return column.format ? column.format(cell, row) : typeof cell === "boolean" ? (cell ? "yes" : "no") : String(cell);
}

function compare(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return typeof a === "string" && typeof b === "string" ? a.localeCompare(b) : a < b ? -1 : 1;
}

/** Names of up to 32 letters stay on one line, for a name broken at its hyphens is hard to read. */
function cell_class(cell: Cell, numeric: boolean): string | undefined {
  if (typeof cell === "number" || (numeric && (cell === null || cell === undefined))) return "number";
  if (typeof cell !== "string") return undefined;
  return cell.length <= 32 ? "short" : "text";
}

/** A node in front of each row, such as a check box. */
export interface RowLead {
  title: string;
  cell: (row: Cell[]) => Node;
}

interface TableOptions {
  caption: string;
  page?: number;
  lead?: RowLead;
}

/** A table that sorts by a click on a header and shows a page of rows at a time. */
export class DataTable {
  readonly element = el("div", { class: "table" });
  private table: Rows = { columns: [], rows: [] };
  private sorted_by = -1;
  private descending = false;
  private from = 0;

  constructor(private options: TableOptions) {}

  show(table: Rows): void {
    this.table = table;
    this.from = Math.min(this.from, Math.max(0, table.rows.length - 1));
    this.draw();
  }

  /** The rows in the order shown. */
  private ordered(): Cell[][] {
    if (this.sorted_by < 0) return this.table.rows;
    const sign = this.descending ? -1 : 1;
    return [...this.table.rows].sort((a, b) => sign * compare(a[this.sorted_by], b[this.sorted_by]));
  }

  private sort(index: number): void {
    this.descending = this.sorted_by === index ? !this.descending : typeof this.table.rows[0]?.[index] === "number";
    this.sorted_by = index;
    this.from = 0;
    this.draw();
    this.element.querySelectorAll<HTMLElement>("th button")[index]?.focus();
  }

  private header(column: Column, index: number): HTMLElement {
    const active = this.sorted_by === index;
    return el("th", { scope: "col", "aria-sort": active ? (this.descending ? "descending" : "ascending") : undefined },
      el("button", { type: "button", click: () => this.sort(index) }, column.title,
        el("span", { "aria-hidden": "true" }, active ? (this.descending ? " \u25be" : " \u25b4") : "")));
  }

  private row(row: Cell[], numeric: boolean[]): HTMLElement {
    const { lead } = this.options;
    return el("tr", {},
      lead ? el("td", {}, lead.cell(row)) : null,
      ...row.map((cell, index) =>
        el("td", { class: cell_class(cell, numeric[index]), "data-title": this.table.columns[index].title, "data-value": cell === null || cell === undefined ? "" : String(cell) },
          shown(this.table.columns[index], cell, row))));
  }

  private pager(page: number): HTMLElement | null {
    const total = this.table.rows.length;
    if (total <= page) return null;
    const go = (from: number) => () => { this.from = from; this.draw(); };
    const last = Math.min(this.from + page, total);
    return el("p", { class: "pager" },
      el("button", { type: "button", disabled: this.from === 0, click: go(Math.max(0, this.from - page)) }, "Previous"),
      ` ${this.from + 1}\u2013${last} of ${total} `,
      el("button", { type: "button", disabled: last === total, click: go(this.from + page) }, "Next"));
  }

  private draw(): void {
    const page = this.options.page ?? 50;
    const { lead, caption } = this.options;
    const numeric = this.table.columns.map((_, at) => this.table.rows.some((row) => typeof row[at] === "number"));
    this.element.classList.toggle("cards", this.table.cards === true);
    this.element.replaceChildren(
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
        el("table", {},
          el("caption", { class: "hidden" }, caption),
          el("thead", {}, el("tr", {},
            lead ? el("th", { scope: "col" }, lead.title) : null,
            ...this.table.columns.map((column, index) => this.header(column, index)))),
          el("tbody", {}, ...this.ordered().slice(this.from, this.from + page).map((row) => this.row(row, numeric))))));
    const pager = this.pager(page);
    if (pager) this.element.append(pager);
  }
}
