// What every frame of hearthwire costs at least: its header and its tag, by the code that makes them in a session.
export { Mac, usePlatformHmac } from "../dist/auth/mac.js";
export { nodeHmac } from "../dist/node/platform-hmac.js";
export { FrameType } from "../dist/wire/constants.js";
export { allocateFrame, bodyOf, readHeader, writeHeader } from "../dist/wire/frame.js";
