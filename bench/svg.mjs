/** Shapes of a chart; what they look like is said once, in its style, for light and for dark. */

const STYLE = `
  svg { background: #ffffff; font: 12px system-ui, sans-serif; }
  text { fill: #1f2328; }
  .title { font-weight: 600; }
  .quiet { fill: #59636e; }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .bar { fill: #a8b3bf; }
  .bar.subject { fill: #c2410c; }
  .frame { fill: #d1d9e0; }
  .frame.subject { fill: #fdba74; }
  .small { font-size: 10px; }
  .line { fill: none; stroke: #7d8995; stroke-width: 2; }
  .line.subject { stroke: #c2410c; }
  .dot { fill: #7d8995; }
  .dot.subject { fill: #c2410c; }
  .spread { stroke: #1f2328; stroke-width: 1; }
  .axis { stroke: #d1d9e0; stroke-width: 1; }
  .target { stroke: #1a7f37; stroke-width: 2; }
  .mark { fill: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .bar { fill: #4b5663; }
    .bar.subject { fill: #f97316; }
    .frame { fill: #3d444d; }
    .frame.subject { fill: #9a3412; }
    .line { stroke: #8b96a3; }
    .line.subject { stroke: #f97316; }
    .dot { fill: #8b96a3; }
    .dot.subject { fill: #f97316; }
    .spread { stroke: #f0f6fc; }
    .axis { stroke: #3d444d; }
    .target { stroke: #3fb950; }
    .mark { fill: #3fb950; }
  }
`;

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

/** @param {number} value */
const at = (value) => {
  if (!Number.isFinite(value)) throw new Error(`a chart has no place ${value}`);
  return String(Math.round(value * 10) / 10);
};

/** @param {number} x @param {number} y @param {{ readonly text: string, readonly kind?: string }} what */
export const label = (x, y, { text, kind = "" }) =>
  `<text x="${at(x)}" y="${at(y)}" class="${kind}">${escaped(text)}</text>`;

/** @typedef {{ readonly x: number, readonly y: number }} Place */

/** @param {Place & { readonly width: number, readonly height: number, readonly kind: string }} box */
export const box = ({ x, y, width, height, kind }) =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(Math.max(0, width))}" height="${at(height)}" rx="2" class="${kind}"/>`;

/** @param {Place} from @param {Place} to @param {string} kind */
export const stroke = (from, to, kind) =>
  `<line x1="${at(from.x)}" y1="${at(from.y)}" x2="${at(to.x)}" y2="${at(to.y)}" class="${kind}"/>`;

/** @param {readonly Place[]} places @param {string} kind */
export const path = (places, kind) =>
  `<polyline points="${places.map(({ x, y }) => `${at(x)},${at(y)}`).join(" ")}" class="${kind}"/>`;

/** @param {Place} place @param {string} kind */
export const dot = ({ x, y }, kind) => `<circle cx="${at(x)}" cy="${at(y)}" r="3" class="${kind}"/>`;

/**
 * @param {{ readonly width: number, readonly height: number, readonly title: string }} size
 * @param {readonly string[]} shapes
 * @returns {string} an SVG file that reads well on light and on dark ground
 */
export const svg = ({ width, height, title }, shapes) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${at(width)} ${at(height)}" width="${at(width)}" height="${at(height)}" role="img">\n` +
  `<title>${escaped(title)}</title>\n<style>${STYLE}</style>\n${shapes.join("\n")}\n</svg>\n`;
