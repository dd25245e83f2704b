/** The page's own address, and which addresses ComfyControl can hardly reach. A warning, never a refusal. */

/** The address the person is using right now, its path kept for instances that share a host by path. */
export function pageAddress() {
  return (location.origin + location.pathname.replace(/[^/]*$/, "")).replace(/\/+$/, "");
}

const PRIVATE_IPV4 = [
  /^10\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^169\.254\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
];

/**
 * @param {string} endpoint
 * @returns {"loopback" | "private" | "local" | undefined}
 */
export function unreachableKind(endpoint) {
  if (!URL.canParse(endpoint.trim())) return undefined;
  // URL has brought every spelling of an IPv4 address (decimal, octal, hexadecimal) into the dotted form.
  const host = new URL(endpoint.trim()).hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return ipv6Kind(host.slice(1, -1));
  if (/^\d+(\.\d+){3}$/.test(host)) {
    if (/^(127|0)\./.test(host)) return "loopback";
    return PRIVATE_IPV4.some((range) => range.test(host)) ? "private" : undefined;
  }
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  return !host.includes(".") || /\.(local|lan|internal|home\.arpa)$/.test(host) ? "local" : undefined;
}

/** @param {string} host - as URL writes it, compressed and in lower case */
function ipv6Kind(host) {
  if (host === "::1" || host === "::") return "loopback";
  if (host.startsWith("::ffff:7f")) return "loopback";
  // Unique local (fc00::/7) and link-local (fe80::/10).
  return /^f[cd]|^fe[89ab]/.test(host) ? "private" : undefined;
}
