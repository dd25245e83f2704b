/** The last problems on this page, for people who ask for help: codes and times, nothing else. */

const KEPT = 10;

/** @type {{ at: string, code: string }[]} */
const met = [];

/** @param {string} code */
export function noteProblem(code) {
  met.push({ at: new Date().toISOString(), code });
  if (met.length > KEPT) met.shift();
}

/** Oldest first. */
export const lastProblems = () => met.map((problem) => ({ ...problem }));
