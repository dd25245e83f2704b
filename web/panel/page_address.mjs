/** The page's own address. */

/** The address the person is using right now, its path kept for instances that share a host by path. */
export function pageAddress() {
  return (location.origin + location.pathname.replace(/[^/]*$/, "")).replace(/\/+$/, "");
}
