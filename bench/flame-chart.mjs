import { box, label, svg } from "./svg.mjs";

const WIDTH = 1200;
const ROW = 17;
const HEAD = 28;
/** Narrower ones are left out: they couldn't be seen. */
const LEAST_WIDTH = 1.5;
const LETTER_WIDTH = 6.6;
const MOST_DEPTH = 60;

/**
 * A flame graph: each function as wide as its time, above it what it called.
 *
 * @param {import("./profile.mjs").Frame} root
 * @returns {string} an SVG file
 */
export function flameChart(root) {
  const scale = WIDTH / Math.max(1, root.totalUs);
  /** @type {{ frame: import("./profile.mjs").Frame, x: number, depth: number }[]} */
  const placed = [];
  const waiting = [{ frame: root, x: 0, depth: 0 }];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    placed.push(one);
    let { x } = one;
    for (const frame of one.frame.calls) {
      const width = frame.totalUs * scale;
      if (width >= LEAST_WIDTH && one.depth < MOST_DEPTH) waiting.push({ frame, x, depth: one.depth + 1 });
      x += width;
    }
  }
  const deepest = Math.max(...placed.map(({ depth }) => depth));
  const title = `${(root.totalUs / 1_000_000).toFixed(2)} s of processor time; orange: hearthwire`;
  return svg({ width: WIDTH, height: HEAD + (deepest + 1) * ROW + 8, title }, [
    label(8, 18, { text: title, kind: "title" }),
    ...placed.flatMap(({ frame: { name, room, totalUs }, x, depth }) => {
      const width = totalUs * scale;
      const y = HEAD + (deepest - depth) * ROW;
      const kind = room.startsWith("hearthwire") ? "frame subject" : "frame";
      const letters = Math.floor((width - 4) / LETTER_WIDTH);
      const text = `${name}, ${room}`;
      return [
        box({ x, y, width: width - 0.5, height: ROW - 1, kind }),
        ...(letters < 4 ? [] : [label(x + 3, y + 12, { text: text.slice(0, letters), kind: "small" })]),
      ];
    }),
  ]);
}
