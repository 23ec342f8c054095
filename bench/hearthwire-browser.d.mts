export * from "hearthwire/browser";
