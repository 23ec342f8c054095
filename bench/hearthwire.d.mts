export * from "hearthwire/node";
