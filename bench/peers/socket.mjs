// What `#socket` is in Node, which has no WebSocket of its own before version 22.
export { WebSocket } from "ws";
