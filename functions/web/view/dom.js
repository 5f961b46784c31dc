// @ts-check

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element. Properties that begin with `on` are listeners; `false`, `null` and `undefined` leave
 * an attribute out, `true` sets it empty. Strings become text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      set(element, name, value);
    }
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * Set, or with nothing to set remove, an attribute.
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value
 */
export function set(element, name, value) {
  if (value === false || value === null || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  // To set what is there costs a page as much as to set something else.
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Set a text only where it differs, so that nothing is announced or selected anew.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/** Drawn on 24 by 24, with a stroke of the text's colour. */
const ICONS = {
  chat: "M4 5.5h16v11H10l-4.5 3.5v-3.5H4z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7.5 7.5h9v9h-9z",
  down: "M12 5v14M6 13l6 6 6-6",
  fold: "M5 9l7 7 7-7",
  back: "M15 5l-7 7 7 7",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.2 16.2L21 21",
  megaphone: "M4 10v4h3l9 5V5l-9 5zM19 9.5a4 4 0 0 1 0 5",
  bell: "M6 16.5V11a6 6 0 1 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4",
  muted: "M6 16.5V11a6 6 0 0 1 9.5-4.900M18 11v5.5l1.5 1.5H8M10 20.5h4M4 4l16 17",
  hand: "M5 12h14M13 6l6 6-6 6",
  spark: "M12 3l2.2 6.800L21 12l-6.800 2.2L12 21l-2.2-6.800L3 12l6.800-2.2z",
  device: "M8 3h8v18H8zM11 18h2",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 7.600v.1",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.5 2.5 0 1 1 3.500 2.300q-1 .5-1 1.700M12 16.900v.1",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.600-5.600L12 7.300M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.600 5.600L12 16.700",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  settings:
    "M4 7h8M18 7h2M4 17h2M12 17h8M15 9.500a2.5 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  key: "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 12.200L19 4M16 7l3 3",
};

/** @typedef {keyof typeof ICONS} Icon */

/**
 * A decoration; what it means is said by the button around it.
 * @param {Icon} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Call `draw` once in the next frame, however often it is asked for. A hidden page draws no
 * frames; there a timer does it, so that titles and badges stay right.
 * @param {() => void} draw
 */
export function perFrame(draw) {
  let asked = false;
  const run = () => {
    asked = false;
    draw();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (document.hidden) setTimeout(run, 250);
    else requestAnimationFrame(run);
  };
}
