/**
 * Whether a host means this machine: `localhost`, 127.0.0.0/8 or `::1`, which a URL has in brackets. No other name does,
 * whatever it resolves to: whoever answers for names could send it elsewhere.
 */
export function isLoopbackHost(hostname: string): boolean {
  // URL writes every spelling of an address in one form: 127.1 and 0x7f000001 come as 127.0.0.1.
  return /^(?:localhost|\[::1\]|::1|127(?:\.\d{1,3}){3})$/.test(hostname);
}
