// @ts-check
import { askAhead } from "./ahead.js";

// The console's own script comes with this, and takes ten times as long to come.
askAhead(new URL("../../../", import.meta.url).href);
