// @ts-check
// The visitor's chat for any page:
//
//     <script src="https://chat.example.com/widget.js" async
//       data-title="Ask us" data-accent="#0b6e5f" data-lang="de"></script>
//
// Every attribute is described in widget/options.js. All of it lives in one element with a shadow
// of its own; the page around it is not touched. The button comes first; the rest is loaded when
// somebody wants it, or has a chat already.
(() => {
  // A module has no current script. It may stand there all the same.
  const all = [...document.scripts].filter((one) => one.type === "module");
  const named = all.find((one) => /\/widget\.js([?#]|$)/.test(one.src));
  const script = /** @type {HTMLScriptElement | undefined} */ (document.currentScript ?? named);
  if (!script?.src) return console.warn("The chat needs a script tag with its address.");
  const server = new URL("./", script.src).href;
  const button = new URL("./v/dev/widget/button.js", server).href;
  import(button).then(
    ({ mount, sheets }) => mount({ server, ...script.dataset }, sheets),
    (error) => console.warn("The chat could not be loaded.", error),
  );
})();
