export const KEY_ID = "bench";
