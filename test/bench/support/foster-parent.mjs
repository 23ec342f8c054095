// Adopts two children, one that ends when its channel does and one that won't, tells their ids and waits.
import { spawn } from "node:child_process";
import { adopt, endChildrenOnSignals } from "../../../bench/children.mjs";

const forever = "setInterval(() => {}, 1000); process.send(0);";
const programs = [
  `process.on("disconnect", () => process.exit(0)); ${forever}`,
  `process.on("disconnect", () => {}); ${forever}`,
];

endChildrenOnSignals();
const children = programs.map((program) =>
  spawn(process.execPath, ["-e", program], { stdio: ["ignore", "ignore", "ignore", "ipc"] }),
);
children.forEach(adopt);
await Promise.all(children.map((child) => new Promise((resolve) => child.once("message", resolve))));
process.stdout.write(`${children.map(({ pid }) => pid).join(" ")}\n`);
