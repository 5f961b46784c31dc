// @ts-check
import { lang } from "../texts.js";
import { de } from "./texts_de.js";
import { en } from "./texts_en.js";

/** The words of the settings. */
export const texts = { en, de }[lang];
