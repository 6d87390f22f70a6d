// A chart as a picture that stands alone: title on top, legend below, for the page's own legend is not in the canvas.
import type { Instance } from "./chart";
import { outline_of, type Mark, type Palette } from "./theme";

export interface LegendEntry {
  name: string;
  mark: Mark;
}

const SCALE = 2;
const LINE = 22;

function draw_outline(pen: CanvasRenderingContext2D, outline: string, x: number, y: number): void {
  pen.save();
  pen.translate(x, y);
  pen.scale(5, 5);
  pen.fill(new Path2D(outline));
  pen.restore();
}

function draw_symbol(pen: CanvasRenderingContext2D, symbol: string, x: number, y: number): void {
  const outline = outline_of(symbol);
  if (outline) return draw_outline(pen, outline, x, y);
  pen.beginPath();
  if (symbol === "rect" || symbol === "roundRect") pen.rect(x - 4, y - 4, 8, 8);
  else if (symbol === "triangle" || symbol === "arrow") {
    pen.moveTo(x, y - 5);
    pen.lineTo(x + 5, y + 4);
    pen.lineTo(x - 5, y + 4);
  } else if (symbol === "diamond") {
    pen.moveTo(x, y - 6);
    pen.lineTo(x + 5, y);
    pen.lineTo(x, y + 6);
    pen.lineTo(x - 5, y);
  } else pen.arc(x, y, 4.5, 0, 2 * Math.PI);
  pen.closePath();
  pen.fill();
}

function draw_legend(pen: CanvasRenderingContext2D, entries: LegendEntry[], palette: Palette, top: number): void {
  entries.forEach(({ name, mark }, index) => {
    const y = top + index * LINE + LINE / 2;
    pen.strokeStyle = pen.fillStyle = mark.color;
    pen.lineWidth = 2.25;
    pen.setLineDash(mark.dash);
    pen.beginPath();
    pen.moveTo(16, y);
    pen.lineTo(56, y);
    pen.stroke();
    pen.setLineDash([]);
    draw_symbol(pen, mark.symbol, 36, y);
    pen.fillStyle = palette.text;
    pen.fillText(name, 66, y + 5);
  });
}

export async function picture(chart: Instance, title: string, legend: LegendEntry[], palette: Palette): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = chart.getDataURL({ pixelRatio: SCALE, backgroundColor: palette.surface });
  await image.decode();
  const canvas = document.createElement("canvas");
  const height = 36 + chart.getHeight() + legend.length * LINE + 12;
  canvas.width = chart.getWidth() * SCALE;
  canvas.height = height * SCALE;
  const pen = canvas.getContext("2d")!;
  pen.scale(SCALE, SCALE);
  pen.fillStyle = palette.surface;
  pen.fillRect(0, 0, chart.getWidth(), height);
  pen.fillStyle = palette.text;
  pen.font = "600 16px system-ui, sans-serif";
  pen.fillText(title, 16, 25);
  pen.drawImage(image, 0, 36, chart.getWidth(), chart.getHeight());
  pen.font = "13px system-ui, sans-serif";
  draw_legend(pen, legend, palette, 36 + chart.getHeight());
  return canvas;
}

export async function drawing_picture(drawing: SVGSVGElement): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(drawing))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = drawing.width.baseVal.value * SCALE;
  canvas.height = drawing.height.baseVal.value * SCALE;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}
