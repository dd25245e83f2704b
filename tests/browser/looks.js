/**
 * Measures what a designer would look at: whether our text can be read, and whether anything of ours is cut off.
 * Run by looks.py in ComfyUI's page.
 */
(() => {
  const OURS = "comfycontrol-token-row, comfycontrol-instance-row, comfycontrol-runner-form, comfycontrol-instance-details, comfycontrol-runner-list, comfycontrol-disconnect";
  // WCAG 2.1, 1.4.3 and 1.4.11: 4.5 for text, 3 for large text and icons. It has no limit for what is switched off;
  // ours can be read all the same.
  const TEXT = 4.5;
  const LARGE = 3;

  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d", { willReadFrequently: true });

  /** Whatever CSS calls it: light-dark(), color-mix(), oklch(). */
  function rgba(colour) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  const over = ([r, g, b, a], below) => [r, g, b].map((part, place) => part * a + below[place] * (1 - a));

  function* upwards(node) {
    for (let at = node; at; at = at.parentElement) yield at;
  }

  function backgroundOf(node) {
    const layers = [];
    for (const at of upwards(node)) {
      const layer = rgba(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  }

  /** Of our own elements: that of a dialog may still be on its way to 1. */
  function opacityOf(node) {
    const own = [...upwards(node)].filter((at) => at.closest(OURS));
    return own.reduce((opacity, at) => opacity * Number(getComputedStyle(at).opacity), 1);
  }

  function luminance(colour) {
    const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  /** The node's own text and the style it is written in. */
  function writtenIn(node) {
    const style = getComputedStyle(node);
    if (node.matches("input")) {
      return node.value ? [node.value, style] : [node.placeholder, getComputedStyle(node, "::placeholder")];
    }
    if (node.matches(".pi")) return [node.className, style];
    const texts = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
    return [texts.map((child) => child.data.trim()).join(" ").trim(), style];
  }

  function isLarge(node) {
    const { fontSize, fontWeight } = getComputedStyle(node);
    const pixels = parseFloat(fontSize);
    return pixels >= 24 || (pixels >= 18.66 && Number(fontWeight) >= 700) || node.matches(".pi");
  }

  const nameOf = (node) => `${node.localName}.${node.className}`;

  function hardToRead() {
    const found = [];
    for (const node of document.querySelectorAll(`:is(${OURS}), :is(${OURS}) *`)) {
      if (!node.checkVisibility({ visibilityProperty: true })) continue;
      const [text, { color }] = writtenIn(node);
      const background = backgroundOf(node);
      const [r, g, b, a] = rgba(color);
      const measured = contrast(over([r, g, b, a * opacityOf(node)], background), background);
      if (text && measured < (isLarge(node) ? LARGE : TEXT)) found.push(`${measured.toFixed(2)} ${nameOf(node)}: ${text}`);
    }
    return found;
  }

  function cutOff() {
    const found = [];
    for (const root of document.querySelectorAll(OURS)) {
      const dialog = root.closest("[role=dialog]") ?? document.body;
      for (const at of upwards(root)) {
        // PrimeVue hides its own scroll bar in a box that is wider than what it shows of itself.
        const hides = at.matches(".p-scrollpanel-content-container, .p-scrollpanel-content");
        if (!hides && at.scrollWidth > at.clientWidth && getComputedStyle(at).display !== "inline") {
          found.push(`${nameOf(at)} scrolls: ${at.scrollWidth} in ${at.clientWidth}`);
        }
        if (at === dialog) break;
      }
      const frame = dialog.getBoundingClientRect();
      for (const node of root.querySelectorAll("*")) {
        const { left, right, width } = node.getBoundingClientRect();
        const outside = left < Math.max(frame.left, 0) - 0.5 || right > Math.min(frame.right, innerWidth) + 0.5;
        if (width && outside) found.push(`${nameOf(node)} stands out: ${Math.round(left)} to ${Math.round(right)}`);
      }
    }
    return found;
  }

  return { hardToRead, cutOff };
})()
