// A single-page app as sites have them: React, its router, and the widget beside it.
import { createElement as h, StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { BrowserRouter, Link, Route, Routes } from "react-router-dom";

function Shop() {
  const page = (name) => h("main", {}, h("h1", {}, name));
  return h(
    BrowserRouter,
    {},
    h("nav", {}, h(Link, { to: "/" }, "to A"), " ", h(Link, { to: "/b" }, "to B")),
    h(
      Routes,
      {},
      h(Route, { path: "/", element: page("A") }),
      h(Route, { path: "/b", element: page("B") }),
    ),
  );
}

/** The whole document, as frameworks with a server render it. */
const Whole = () =>
  h("html", { lang: "en" }, h("head", {}, h("title", {}, "Shop")), h("body", {}, h(Shop)));

const place = document.getElementById("app");
window.begin = () => {
  if (place) createRoot(place).render(h(StrictMode, {}, h(Shop)));
  else hydrateRoot(document, h(Whole));
};
if (place) window.begin();
