/** An end to waiting for ComfyUI's page, which has none of its own. */

const PATIENCE_MS = 60_000;

/**
 * @template Given
 * @param {Promise<Given> | Given} promise
 * @returns {Promise<Given>} rejected once nobody would wait for it any longer
 */
export async function inTime(promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let bell;
  const late = new Promise((_, reject) => {
    bell = setTimeout(() => reject(new DOMException("", "TimeoutError")), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(bell);
  }
}
