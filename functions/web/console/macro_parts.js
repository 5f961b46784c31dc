// @ts-check
/** What is loaded when somebody runs a macro, or goes where they are kept. */
export { MacroDialog } from "./macro_dialog.js";
export { MacroForm } from "./macro_form.js";
