/** Takes an error that no caller gets to see. */
export type UnobservedListener = (error: Error, where: { readonly object: string; readonly member: string }) => void;
