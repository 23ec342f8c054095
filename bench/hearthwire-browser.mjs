// What `#hearthwire` is in a page.
export * from "../dist/browser.js";
