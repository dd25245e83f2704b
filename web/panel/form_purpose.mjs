/**
 * What the form is for: to register, to change the runner, or to take one over. This decides the initial values, what
 * the button says, and what is sent.
 */

import { instance } from "./instance.mjs";
import { texts } from "./texts.mjs";

/**
 * @typedef {import("./api.mjs").Runner} Runner
 * @typedef {{ takeOver?: Runner, asNew?: boolean, field?: string }} Wish - what was asked for, where the state alone does not
 *   say it; `field` is where to begin
 * @typedef {{ name: string, endpoint: string, tags: string[], headers: Record<string, string> | undefined,
 *   machineHeaders: string[], headersChanged: boolean, guard: boolean }} Values - `headers` is undefined where they stay as they are
 * @typedef {{ name: string, endpoint: string, tags: string[], kept: string[], guard: boolean }} Beginning -
 *   `kept` are the names of headers that are set already
 * @typedef {{ take_over?: string | null }} Choice - what the person chose where the account has this endpoint already
 * @typedef {{ ready: string, unproven: string, busy: string, done: string }} Words
 * @typedef {{ words: () => Words, isNew?: boolean, isEdit?: boolean, notHere?: string, beginning: Beginning, wanted: (values: Values) => object,
 *   send: (wanted: object, choice: Choice) => Promise<Runner> }} Purpose - `notHere` is an address that leads to another
 *   instance, and so is no suggestion
 */

const REGISTER = () => ({
  ready: texts.register,
  unproven: texts.registerAnyway,
  busy: texts.registering,
  done: texts.registered,
});
const TAKE_OVER = () => ({ ...REGISTER(), ready: texts.takeOver, unproven: texts.takeOverAnyway, busy: texts.takingOver });
const EDIT = () => ({ ready: texts.saveChanges, unproven: texts.saveAnyway, busy: texts.savingChanges, done: texts.changed });

/**
 * @param {Wish} wish
 * @returns {Purpose}
 */
export function purposeOf({ takeOver, asNew }) {
  const { status } = instance;
  if (takeOver) return takingOver(takeOver);
  if (asNew) {
    const { best_address = "", runner } = status ?? {};
    const beginning = { name: "", endpoint: best_address, tags: runner?.tags ?? [] };
    return { ...registering(beginning, true), notHere: runner?.endpoint };
  }
  if (!status?.runner) return registering({ name: "", endpoint: "", tags: [] });
  return status.state === "runner_gone" ? registering(status.runner) : editing(status.runner);
}

/**
 * @param {{ name: string, endpoint: string, tags: string[] }} beginning
 * @param {boolean} [asNew]
 * @returns {Purpose}
 */
function registering({ name, endpoint, tags }, asNew = false) {
  return {
    words: REGISTER,
    isNew: true,
    beginning: { name, endpoint, tags, kept: [], guard: isGuarded() },
    wanted: (values) => ({ ...whole(values), ...headersOf(values), ...(values.guard && { guard: true }), ...(asNew && { as_new: true }) }),
    send: (wanted, choice) => instance.register({ ...wanted, ...choice }),
  };
}

/**
 * @param {Runner} runner
 * @returns {Purpose}
 */
function takingOver(runner) {
  return {
    words: TAKE_OVER,
    beginning: { name: runner.name, endpoint: "", tags: runner.tags, kept: runner.header_names, guard: isGuarded() },
    wanted: (values) => ({ ...whole(values), ...headersOf(values), ...(values.guard && { guard: true }), take_over: runner.id }),
    send: (wanted) => instance.register(wanted),
  };
}

/**
 * @param {Runner} runner
 * @returns {Purpose}
 */
function editing(runner) {
  return {
    words: EDIT,
    isEdit: true,
    beginning: { name: runner.name, endpoint: runner.endpoint, tags: runner.tags, kept: runner.header_names, guard: isGuarded() },
    wanted: (values) => ({
      ...(values.guard !== isGuarded() && { guard: values.guard }),
      ...(values.name !== runner.name && { name: values.name }),
      ...(values.endpoint !== runner.endpoint && { endpoint: values.endpoint }),
      ...(JSON.stringify(values.tags) !== JSON.stringify(runner.tags) && { tags: values.tags }),
      ...headersOf(values),
    }),
    send: (wanted) => instance.change(wanted),
  };
}

/** Whether the runner as it is lets only ComfyControl in. */
const isGuarded = () => ["guarded", "unproven"].includes(instance.status?.guard?.code ?? "");

/** @param {Values} values */
const whole = ({ name, endpoint, tags }) => ({ name, endpoint, tags });

/** Left out where nobody entered any: then a runner that is there already keeps those that it has. @param {Values} values */
const headersOf = ({ headers, machineHeaders, headersChanged }) => (headersChanged ? { headers, machine_headers: machineHeaders } : {});
