/**
 * Whose address it is, for limits per address: of IPv6 the first 64 bits, since that much is one household's, and each of
 * its 2^64 addresses would count as a peer of its own.
 *
 * @param address an IP literal, as the system gives it
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [plain = ""] = address.split("%", 1);
  const [head, tail] = plain.split("::", 2).map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(Math.max(0, 8 - (head?.length ?? 0) - (tail?.length ?? 0))).fill("0");
  const network = [...(head ?? []), ...zeros, ...(tail ?? [])].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
