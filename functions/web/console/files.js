// @ts-check

/**
 * A dropped file would open in place of the page, and a pasted one do nothing without a word.
 * @param {() => void} refused say that files cannot be sent
 */
export function refuseFiles(refused) {
  const catching = (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") refused();
  };
  addEventListener("dragover", catching);
  addEventListener("drop", catching);
  addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (data && data.files.length > 0 && !data.getData("text/plain")) refused();
  });
}
