/** The choice when the account already has a runner with this endpoint: take one over, or make a second. */

import { button, element } from "./elements.mjs";
import { texts } from "./texts.mjs";

/**
 * @param {import("./door.mjs").Runner[]} candidates
 * @param {(takeOver: string | null) => void} choose - the id of the runner to take over, or null for a second one
 */
export function runnerChoice(candidates, choose) {
  return element(
    "div",
    { className: "comfycontrol-problem comfycontrol-choice", role: "alert", tabindex: -1 },
    element("p", { className: "comfycontrol-problem-message" }, texts.choice),
    element("p", {}, texts.choiceHelp),
    element(
      "ul",
      {},
      ...candidates.map((runner) =>
        element(
          "li",
          {},
          element("span", {}, element("strong", {}, runner.name), ` ${runner.status} ${runner.created_at.slice(0, 10)}`),
          button(texts.takeOver, () => choose(runner.id), { "aria-label": `${texts.takeOver}: ${runner.name}` }),
        ),
      ),
    ),
    button(texts.makeSecond, () => choose(null)),
  );
}
