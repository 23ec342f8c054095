import { growths } from "./growth.mjs";
import { BASE, peerOf, SUBJECT } from "./peers.mjs";
import { rows, shown } from "./report.mjs";
import { curveOf, figureOf, kneeOf, ratioOf } from "./statistics.mjs";
import { box, dot, label, path, stroke, svg } from "./svg.mjs";
import { targets } from "./targets.mjs";

const WIDTH = 900;
const COLUMNS = 2;
const GAP = 24;
const PANEL_WIDTH = (WIDTH - GAP * (COLUMNS + 1)) / COLUMNS;
const HEAD = 40;
const BAR = 18;
const NAMES = 128;
/** Room at the right end of a bar for its figure. */
const FIGURES = 48;

/**
 * Sets panels in columns, each where the column is shortest.
 *
 * @param {string} title
 * @param {readonly { readonly height: number, readonly draw: (x: number, y: number) => readonly string[] }[]} panels
 */
function laidOut(title, panels) {
  const heights = Array.from({ length: COLUMNS }, () => GAP + HEAD);
  const shapes = [label(GAP, GAP + 8, { text: title, kind: "title" })];
  for (const { height, draw } of panels) {
    const column = heights.indexOf(Math.min(...heights));
    const y = heights[column] ?? 0;
    shapes.push(...draw(GAP + column * (PANEL_WIDTH + GAP), y));
    heights[column] = y + height + GAP;
  }
  return svg({ width: WIDTH, height: Math.max(...heights), title }, shapes);
}

/**
 * A panel of bars for each piece of work: ratios to the raw echo of the same round, figures where it has none.
 *
 * @param {import("./report.mjs").Results} results
 * @returns {string}
 */
export function rowsChart({ samples, peers }) {
  const panels = rows.flatMap((row) => {
    const { name: work, title, unit } = row;
    const hasBase = figureOf(samples, { work, peer: BASE }) !== undefined;
    const bars = peers.flatMap((peer) => {
      const spread = hasBase ? ratioOf(samples, { work, peer, against: BASE }) : figureOf(samples, { work, peer });
      return spread === undefined ? [] : [{ peer, spread }];
    });
    if (bars.length === 0) return [];
    const bounds = targets.filter(
      (one) => one.work === work && one.measure === "value" && one.against === (hasBase ? BASE : undefined),
    );
    const target = bounds.map(({ atLeast, atMost }) => atLeast ?? atMost)[0];
    // What crosses no process would make all others short: its bar ends where the panel does.
    const compared = bars.filter(({ peer }) => !hasBase || peerOf(peer).isOneProcess !== true);
    const most = Math.max(...compared.map(({ spread }) => spread.max), hasBase ? 1 : 0, target ?? 0);
    /** @param {number} value */
    const within = (value) => Math.min(Math.max(value, 0), most);
    const scale = (PANEL_WIDTH - NAMES - FIGURES) / most;
    const less = "isLessBetter" in row && row.isLessBetter === true ? ", less is better" : "";
    const height = HEAD + bars.length * BAR + 8;
    return [
      {
        height,
        /** @param {number} x @param {number} y */
        draw: (x, y) => {
          const zero = x + NAMES;
          const [top, bottom] = [y + HEAD - 4, y + height - 4];
          return [
            label(x, y + 12, { text: title, kind: "title" }),
            label(x, y + 28, { text: `${hasBase ? "ratio to raw ws echo" : unit}${less}`, kind: "quiet" }),
            ...(hasBase ? [stroke({ x: zero + scale, y: top }, { x: zero + scale, y: bottom }, "axis")] : []),
            ...(target === undefined
              ? []
              : [stroke({ x: zero + target * scale, y: top }, { x: zero + target * scale, y: bottom }, "target")]),
            ...bars.flatMap(({ peer, spread: { median, min, max } }, index) => {
              const barY = y + HEAD + index * BAR;
              const middle = barY + BAR / 2 - 2;
              return [
                label(zero - 8, middle + 4, { text: peerOf(peer).title, kind: "end" }),
                box({
                  x: zero,
                  y: barY,
                  width: within(median) * scale,
                  height: BAR - 5,
                  kind: peer === SUBJECT ? "bar subject" : "bar",
                }),
                stroke(
                  { x: zero + within(min) * scale, y: middle },
                  { x: zero + within(max) * scale, y: middle },
                  "spread",
                ),
                label(zero + within(max) * scale + 6, middle + 4, { text: shown(median), kind: "quiet" }),
              ];
            }),
          ];
        },
      },
    ];
  });
  return laidOut("hearthwire and others beside a raw ws echo; green: what is aimed at", panels);
}

/** @param {number} value */
const short = (value) => value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });

const PLOT_HEIGHT = 150;
const PLOT_LEFT = 48;

/**
 * A panel of curves for each growth: the cost of a unit over what grows, both in powers of ten.
 *
 * @param {import("./report.mjs").Results} results
 * @returns {string}
 */
export function growthChart({ samples, peers }) {
  const panels = growths.flatMap(({ name: work, title, unit, grows, peers: grown }) => {
    const curves = grown
      .filter((peer) => peers.includes(peer))
      .map((peer) => ({ peer, curve: curveOf(samples, { work, peer }) }))
      .filter(({ curve }) => curve.length > 0);
    if (curves.length === 0) return [];
    const points = curves.flatMap(({ curve }) => curve.map(({ point }) => point));
    const costs = curves.flatMap(({ curve }) => curve.map(({ cost }) => cost.median));
    const across = axis(points, PLOT_LEFT, PANEL_WIDTH - 12);
    const up = axis(costs, HEAD + PLOT_HEIGHT, HEAD + 8);
    const knees = curves.map(({ peer, curve }) => {
      const knee = kneeOf(curve);
      return `${peerOf(peer).title}: ${knee === undefined ? "flat" : `knee at ${short(knee)}`}`;
    });
    return [
      {
        height: HEAD + PLOT_HEIGHT + 40,
        /** @param {number} x @param {number} y */
        draw: (x, y) => [
          label(x, y + 12, { text: title, kind: "title" }),
          label(x, y + 28, { text: `${unit}; ${knees.join("; ")}`, kind: "quiet" }),
          ...up.ticks.flatMap(({ value, place }) => [
            stroke({ x: x + PLOT_LEFT, y: y + place }, { x: x + PANEL_WIDTH - 12, y: y + place }, "axis"),
            label(x + PLOT_LEFT - 6, y + place + 4, { text: short(value), kind: "end quiet" }),
          ]),
          ...across.ticks.map(({ value, place }) =>
            label(x + place, y + HEAD + PLOT_HEIGHT + 16, { text: short(value), kind: "middle quiet" }),
          ),
          label(x + (PLOT_LEFT + PANEL_WIDTH) / 2, y + HEAD + PLOT_HEIGHT + 32, { text: grows, kind: "middle quiet" }),
          ...curves.flatMap(({ peer, curve }) => {
            const kind = peer === SUBJECT ? "subject" : "";
            const places = curve.map(({ point, cost }) => ({
              x: x + across.placeOf(point),
              y: y + up.placeOf(cost.median),
            }));
            return [path(places, `line ${kind}`), ...places.map((place) => dot(place, `dot ${kind}`))];
          }),
        ],
      },
    ];
  });
  return laidOut("What one unit costs while something grows; orange: hearthwire, grey: raw ws echo", panels);
}

/**
 * An axis in powers of ten.
 *
 * @param {readonly number[]} values above 0
 * @param {number} from
 * @param {number} to
 */
function axis(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  /** @param {number} value */
  const placeOf = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)).map((value) => ({
    value,
    place: placeOf(value),
  }));
  return { placeOf, ticks };
}
