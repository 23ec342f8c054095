/**
 * About 1 KiB of what applications send: nested, mixed, with a point in time.
 *
 * @template T
 * @param {T} createdAt a Date, or what stands for it where Dates don't travel
 */
export const record = (createdAt) => ({
  id: "ord_7Q2M9ZK4T1",
  customer: { name: "Grace Hopper", email: "grace@example.org", isActive: true, balance: 1843.25 },
  createdAt,
  shipping: {
    street: "1 Harbour Road",
    city: "Arlington",
    zip: "22201",
    position: { latitude: 38.8816, longitude: -77.091 },
  },
  tags: ["priority", "export", "fragile", "insured", "gift", "eu-vat", "repeat-customer", "newsletter"],
  lines: [1, 2, 3, 4, 5].map((number) => ({
    sku: `CANDLE-${1000 + number}`,
    quantity: number,
    price: 4.75 * number,
    remark: "keep upright, deliver before noon",
    isPaid: number % 2 === 1,
  })),
  note:
    "Leave the parcel with the neighbours when nobody answers the door; they know about it and will sign for it. " +
    "The gate code changes every month, ask at the reception if the one on the label is refused. Ring twice.",
});

export const moment = new Date("2026-03-14T15:09:26.535Z");

/** 1 MiB that no compression would shrink, the same in every run. */
export function bytes(length = 1 << 20) {
  const words = new Uint32Array(length / 4);
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer);
}

/** @param {number} index */
export const item = (index) => ({ index, text: "tick" });
