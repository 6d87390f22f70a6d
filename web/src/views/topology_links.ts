// The classes of links that nvidia-smi prints, from fast to slow, and how each is drawn.
import type { Palette } from "../theme";
import type { Link } from "../documents/topology";

export interface LinkKind {
  id: string;
  label: string;
  meaning: string;
  matches: (text: string) => boolean;
  color: (palette: Palette) => string;
  dash: string;
  width: number;
}

export const KINDS: LinkKind[] = [
  { id: "nvlink", label: "NV", meaning: "NVLink", matches: (t) => t.startsWith("NV"), color: (p) => p.series[2], dash: "", width: 2.5 },
  { id: "switch", label: "PIX, PXB", meaning: "PCIe switches only", matches: (t) => ["PIX", "PXB", "PSB"].includes(t), color: (p) => p.series[0], dash: "", width: 1.5 },
  { id: "bridge", label: "PHB, NODE", meaning: "PCIe host bridges inside one socket", matches: (t) => ["PHB", "NODE"].includes(t), color: (p) => p.series[4], dash: "7 3", width: 1.5 },
  { id: "socket", label: "SYS", meaning: "between sockets: slow", matches: (t) => ["SYS", "SOC"].includes(t), color: (p) => p.slow, dash: "3 4", width: 1.5 },
  { id: "other", label: "other", meaning: "not known", matches: () => true, color: (p) => p.muted, dash: "1 4", width: 1 },
];

export function kind_of(link: Link): LinkKind {
  return KINDS.find((kind) => kind.matches(link.class))!;
}

/** "NV12" as nvidia-smi writes it. */
export function link_text(link: Link): string {
  return link.class + (link.class.startsWith("NV") && link.count !== null ? link.count : "");
}
