/** The page's own address. */

/** From where the page can be reached, without saying its address. @returns {"loopback" | "private" | "public"} */
export function pageReach() {
  const host = location.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "::1" || host === "localhost" || /^127\./.test(host) || host.endsWith(".localhost")) return "loopback";
  const addresses = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][\da-f]{2}:|fe80:)/;
  const names = /^[^.:]+$|\.(local|lan|home|internal|intranet|home\.arpa)$/;
  return addresses.test(host) || names.test(host) ? "private" : "public";
}

/**
 * The other name of this computer, under which a browser keeps everything anew, an owner key too. Empty where the page was
 * opened at neither.
 */
export function otherLoopback() {
  const { hostname, host } = location;
  const other = { localhost: "127.0.0.1", "127.0.0.1": "localhost" }[hostname];
  return other ? host.replace(hostname, other) : "";
}
