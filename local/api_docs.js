// Beside the page of the calls, whose policy allows no script inside it.
window.SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#calls",
  deepLinking: true,
  // Its default asks a public service about every description that it can reach.
  validatorUrl: null,
});
