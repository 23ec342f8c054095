/** One point of the chart. */
export interface ChartPoint {
  /** From 1 on; a line of points that begins anew begins at 1 again. */
  readonly number: number;
  readonly atMs: number;
  /** Shares of 0 to 1. */
  readonly processor: number;
  readonly memory: number;
}

const SPAN_MS = 60_000;
/** Room above and below the lines, so that 0 % and 100 % are seen whole. */
const MARGIN = 7;

/** A moving chart of the last minute, drawn at the screen's own resolution. */
export class Chart {
  readonly #canvas: HTMLCanvasElement;
  #points: readonly ChartPoint[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  add(point: ChartPoint): void {
    this.#points = [...this.#points.filter(({ atMs }) => point.atMs - atMs < SPAN_MS), point];
    this.#canvas.dataset["numbers"] = this.#points.map(({ number }) => number).join(" ");
    this.#draw();
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#canvas.width = width * devicePixelRatio;
    this.#canvas.height = height * devicePixelRatio;
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(this.#canvas);
    const y = (share: number): number => height - MARGIN - share * (height - 2 * MARGIN);

    context.font = `${style.fontSize} ${style.fontFamily}`;
    context.textBaseline = "middle";
    context.fillStyle = style.getPropertyValue("--soft");
    context.strokeStyle = style.getPropertyValue("--grid");
    const labelWidth = Math.ceil(context.measureText("100 %").width) + 8;
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      context.beginPath();
      context.moveTo(labelWidth, y(share));
      context.lineTo(width, y(share));
      context.stroke();
      if (share % 0.5 === 0) context.fillText(`${share * 100} %`, 0, y(share));
    }

    const endMs = this.#points.at(-1)?.atMs ?? 0;
    const x = (atMs: number): number => width - ((endMs - atMs) / SPAN_MS) * (width - labelWidth);
    context.lineWidth = 2;
    context.lineJoin = "round";
    for (const name of ["memory", "processor"] as const) {
      context.strokeStyle = style.getPropertyValue(`--${name}`);
      context.beginPath();
      this.#points.forEach((point, index) => {
        const before = this.#points[index - 1];
        // Where points were lost nothing is drawn.
        const isJoined = before !== undefined && point.number === before.number + 1;
        context[isJoined ? "lineTo" : "moveTo"](x(point.atMs), y(point[name]));
      });
      context.stroke();
    }
  }
}
