export { Mac, usePlatformHmac } from "../src/auth/mac.js";
export { nodeHmac } from "../src/node/platform-hmac.js";
export { FrameType } from "../src/wire/constants.js";
export { allocateFrame, bodyOf, readHeader, writeHeader } from "../src/wire/frame.js";
