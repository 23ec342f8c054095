/** One point of the chart: shares of 0 to 1. */
export interface ChartPoint {
  readonly processor: number;
  readonly memory: number;
}

const POINTS = 60;

/** A moving chart of the last minute, drawn at the screen's own resolution. */
export class Chart {
  readonly #canvas: HTMLCanvasElement;
  readonly #points: ChartPoint[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  add(point: ChartPoint): void {
    this.#points.push(point);
    if (this.#points.length > POINTS) this.#points.shift();
    this.#canvas.dataset["points"] = String(this.#points.length);
    this.#draw();
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    context.scale(scale, scale);
    const style = getComputedStyle(this.#canvas);
    context.strokeStyle = style.getPropertyValue("--grid");
    context.lineWidth = 1;
    for (const share of [0.25, 0.5, 0.75]) this.#line(context, [share, share], [0, width], height);
    context.lineWidth = 2;
    for (const name of ["memory", "processor"] as const) {
      context.strokeStyle = style.getPropertyValue(`--${name}`);
      const shares = this.#points.map((point) => point[name]);
      const step = width / (POINTS - 1);
      this.#line(context, shares, shares.map((_, index) => width - (shares.length - 1 - index) * step), height);
    }
  }

  #line(context: CanvasRenderingContext2D, shares: readonly number[], xs: readonly number[], height: number): void {
    context.beginPath();
    shares.forEach((share, index) => context.lineTo(xs[index]!, height - share * (height - 4) - 2));
    context.stroke();
  }
}
