// The built package. Not by its name: the package.json of this folder, which keeps what it is measured beside away from
// who installs hearthwire, also keeps the package from finding itself by name here.
export * from "../dist/node.js";
