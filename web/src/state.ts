// What the reader chose (hidden systems, axes, theme, ...) as the fragment of the page's address, so a link keeps it.

type Listener = () => void;

export class ViewState {
  private values = new URLSearchParams(location.hash.slice(1));
  private listeners: Listener[] = [];

  constructor() {
    addEventListener("hashchange", () => {
      if (location.hash.slice(1) === this.values.toString()) return;
      this.values = new URLSearchParams(location.hash.slice(1));
      this.tell();
    });
  }

  get(key: string, fallback: string): string {
    return this.values.get(key) ?? fallback;
  }

  /** Stores a choice; the default leaves no trace in the address. */
  set(key: string, value: string, fallback: string): void {
    if (value === fallback) this.values.delete(key);
    else this.values.set(key, value);
    this.write();
    this.tell();
  }

  /** The members of a set such as the hidden systems; every member is coded, so commas in names are safe. */
  members(key: string): Set<string> {
    const text = this.values.get(key);
    return new Set(text ? text.split(",").map(decodeURIComponent) : []);
  }

  toggle(key: string, member: string): void {
    const all = this.members(key);
    if (!all.delete(member)) all.add(member);
    this.replace(key, all);
  }

  replace(key: string, members: Set<string>): void {
    this.set(key, [...members].map(encodeURIComponent).join(","), "");
  }

  on_change(listener: Listener): void {
    this.listeners.push(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  private write(): void {
    const hash = this.values.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.href.split("#")[0]);
  }
}
