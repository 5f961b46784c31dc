// What Astro's ClientRouter component does with links, on top of its router.
// biome-ignore lint/correctness/noUnresolvedImports: the test serves it under this name
import { navigate } from "/astro/router.js";

document.addEventListener("click", (event) => {
  const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
  if (!link || link.target || event.defaultPrevented || link.origin !== location.origin) return;
  event.preventDefault();
  navigate(link.href);
});
