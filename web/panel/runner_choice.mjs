/** The choices if the account has a runner with this address already: take it over, or create a second one. */

import { button, element } from "./elements.mjs";
import { problemElement } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/**
 * @param {import("./api.mjs").Runner[]} candidates
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
          element(
            "span",
            {},
            element("strong", { dir: "auto" }, runner.name),
            ` ${runner.status} ${runner.created_at.slice(0, 10)}`,
          ),
          button(texts.takeOver, () => choose(runner.id), { "aria-label": fill(texts.takeOverRunner, { name: runner.name }) }),
        ),
      ),
    ),
    button(texts.makeSecond, () => choose(null)),
  );
}

/**
 * The account may have no more runners, but this instance can take one over.
 * @param {import("./problem.mjs").Told} problem
 * @param {() => void} takeOver
 */
export const limitReached = (problem, takeOver) => problemElement(problem, button(texts.takeOverExisting, takeOver));
