/** What helps others to find a fault, from the server and from this page. No secrets, no account data, no addresses. */

import { call } from "./api.mjs";
import { problemOf } from "./instance.mjs";
import { pageReach } from "./page_address.mjs";
import { lastProblems } from "./problem_log.mjs";
import { language } from "./texts.mjs";

/** As a block of code, ready for a report. */
export async function diagnosticsText() {
  const content = { ...(await ofServer()), page: ofPage() };
  return ["```", "ComfyControl diagnostics", ...lines(content, ""), "```"].join("\n");
}

async function ofServer() {
  try {
    return (await call("GET", "diagnostics")).diagnostics;
  } catch (error) {
    // If the server refuses or does not answer, that is worth knowing as well.
    return { server: problemOf(error).code };
  }
}

function ofPage() {
  const { __COMFYUI_FRONTEND_VERSION__: version } = /** @type {{ __COMFYUI_FRONTEND_VERSION__?: string }} */ (window);
  return {
    comfyui_page: version,
    browser: navigator.userAgent,
    language: language(),
    theme: getComputedStyle(document.documentElement).colorScheme,
    reached: pageReach(),
    secure: isSecureContext,
    problems: lastProblems(),
  };
}

/**
 * @param {object} content
 * @param {string} indent
 * @returns {string[]}
 */
function lines(content, indent) {
  return Object.entries(content).flatMap(([name, value]) => {
    if (Array.isArray(value) && value.some((each) => typeof each === "object")) {
      return [`${indent}${name}:`, ...value.map((each) => `${indent}  - ${inOneLine(each)}`)];
    }
    if (value && typeof value === "object" && !Array.isArray(value)) return [`${indent}${name}:`, ...lines(value, `${indent}  `)];
    return [`${indent}${name}: ${plain(value)}`];
  });
}

/** @param {object} content */
const inOneLine = (content) => Object.values(content).map(plain).join(" ");

/** @param {unknown} value */
const plain = (value) => (Array.isArray(value) ? value.join(", ") : String(value ?? "")) || "-";
