/**
 * @typedef {object} PeerFacts
 * @property {string} name the folder in peers/
 * @property {string} title
 * @property {readonly string[]} packages of bench/package.json that it needs
 * @property {boolean} [isOneProcess] server and client can't be separated, so both processors are theirs
 * @property {readonly string[]} [skips] work that says nothing of it
 * @property {boolean} [hasPage] it is measured in Chromium as well
 * @property {string} [pageEntry] what a page writes to connect, for the weight of its client
 */

/** The yardstick: every ratio is to its figure of the same round. */
export const BASE = "raw-ws";
/** What is measured. */
export const SUBJECT = "hearthwire";

/** @type {readonly PeerFacts[]} */
export const peers = [
  { name: BASE, title: "raw ws echo", packages: [], hasPage: true },
  { name: "signed-ws", title: "bare signed echo", packages: [], skips: ["connect", "memory"] },
  {
    name: SUBJECT,
    title: "hearthwire",
    packages: [],
    hasPage: true,
    pageEntry: 'import { connect } from "#hearthwire"; globalThis.connect = connect;',
  },
  {
    name: "capnweb",
    title: "capnweb",
    packages: ["capnweb"],
    hasPage: true,
    pageEntry:
      'import { newWebSocketRpcSession } from "capnweb"; globalThis.connect = () => newWebSocketRpcSession("ws://x");',
  },
  {
    name: "trpc",
    title: "tRPC + superjson",
    packages: ["@trpc/client", "@trpc/server", "superjson"],
    pageEntry:
      'import { createTRPCClient, createWSClient, wsLink } from "@trpc/client"; import superjson from "superjson"; ' +
      'globalThis.connect = () => createTRPCClient({ links: [wsLink({ client: createWSClient({ url: "ws://x" }), transformer: superjson })] });',
  },
  {
    name: "socket.io",
    title: "socket.io",
    packages: ["socket.io", "socket.io-client"],
    hasPage: true,
    pageEntry:
      'import { io } from "socket.io-client"; globalThis.connect = () => io("http://x", { transports: ["websocket"] });',
  },
  {
    name: "rpc-websockets",
    title: "rpc-websockets",
    packages: ["rpc-websockets"],
    pageEntry: 'import { Client } from "rpc-websockets"; globalThis.connect = () => new Client("ws://x");',
  },
  {
    name: "comlink",
    title: "Comlink, to a worker",
    packages: ["comlink"],
    isOneProcess: true,
    // It would start a thread and weigh the idle other process.
    skips: ["connect", "memory"],
    pageEntry: 'import { wrap } from "comlink"; globalThis.connect = (worker) => wrap(worker);',
  },
];

/**
 * @param {string} name
 * @returns {PeerFacts}
 * @throws {Error} when there is none
 */
export function peerOf(name) {
  const peer = peers.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`there is no peer ${name}`);
  return peer;
}
