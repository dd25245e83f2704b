/** Run in each page before anything else: what makes it cheaper to test, and nothing else different. */
(() => {
  // A message in the corner covers buttons for seconds; a person waits, or closes it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".p-toast, .p-toast *, [data-testid=toast], [data-testid=toast] * { pointer-events: none !important; }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  // Tests find the panel's modules there, also in a page that has asked for much since.
  performance.setResourceTimingBufferSize(5000);

  // A page that nobody uses for a while draws nothing: drawing is what it spends its time with.
  const request = window.requestAnimationFrame.bind(window);
  const cancel = window.cancelAnimationFrame.bind(window);
  const parked = new Map();
  let asleep = false;
  let last = 0;
  window.requestAnimationFrame = (callback) => {
    if (!asleep) return request(callback);
    last -= 1;
    parked.set(last, callback);
    return last;
  };
  window.cancelAnimationFrame = (id) => {
    if (!parked.delete(id)) cancel(id);
  };
  // What the panel has asked its server and has no answer to yet: until that is shown, the form moves under the pointer.
  const ask = window.fetch.bind(window);
  let unanswered = 0;
  window.fetch = async (input, ...more) => {
    const isOurs = String(input?.url ?? input).includes("/comfycontrol/");
    unanswered += isOurs;
    try {
      return await ask(input, ...more);
    } finally {
      unanswered -= isOurs;
    }
  };

  window.pageOfTests = {
    hasAllAnswers: () => unanswered === 0,
    sleep() {
      asleep = true;
    },
    wake() {
      asleep = false;
      for (const callback of parked.values()) request(callback);
      parked.clear();
    },
  };
})();
