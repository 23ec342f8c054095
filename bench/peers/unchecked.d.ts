// The check of types runs in a clone whose bench was never installed: these are any, installed or not.
declare module "@trpc/client";
declare module "@trpc/server";
declare module "@trpc/server/adapters/ws";
declare module "capnweb";
declare module "comlink";
declare module "comlink/dist/esm/node-adapter.mjs";
declare module "rpc-websockets";
declare module "socket.io";
declare module "socket.io-client";
