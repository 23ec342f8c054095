/** What makes certificates; the second package is of the first one's own needs. */
export const INSTALL_CERTIFICATES = "npm install --save-dev @peculiar/x509 reflect-metadata";

/** What keeps names in a file. */
export const INSTALL_SQLITE = "npm install libsql";

/** What loads TypeScript that Node does not load by itself. */
export const INSTALL_TSX = "npm install --save-dev tsx";
