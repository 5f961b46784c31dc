// @ts-check
// The visitor's chat for any page:
//
//     <script src="https://chat.example.com/widget.js" async
//       data-title="Ask us" data-accent="#0b6e5f" data-lang="de"></script>
//
// Every attribute is described in widget/options.js. All of it lives in one element with a shadow
// of its own; the page around it is not touched.
(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement) || !script.src) return;
  const server = new URL("./", script.src).href;
  const files = new URL("./v/dev/", server).href;
  const attributes = { server, ...script.dataset };
  const styles = ["view/thread.css", "widget/widget.css"].map(async (name) => {
    const response = await fetch(files + name, { credentials: "omit" });
    return response.text();
  });
  // Named here so that they are fetched side by side and not one after the other.
  const scripts = [
    ...["widget/options", "widget/panel", "widget/texts", "view/thread", "view/composer"],
    ...["view/dom", "view/bubble", "view/markup", "view/rows", "view/format"],
    ...["client/visitor", "client/chat", "client/transcript", "client/outbox", "client/socket"],
    ...["client/session", "client/http", "client/storage", "client/json", "client/unsent"],
  ].map((name) => import(`${files}${name}.js`));
  Promise.all([import(`${files}widget/element.js`), Promise.all(styles), ...scripts]).then(
    ([{ show }, sheets]) => show(attributes, sheets),
    (error) => console.warn("The chat could not be loaded.", error),
  );
})();
