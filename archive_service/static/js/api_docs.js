// The page of the API's description: Swagger UI over our own document, to read and not to send.
const place = document.getElementById("description");

SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  supportedSubmitMethods: [], // who tries a route does so with a token of their own
  validatorUrl: null, // nothing leaves this archive
});
