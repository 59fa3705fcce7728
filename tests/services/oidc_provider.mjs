// oidc-provider as tests/services/oidc.py orders it; it lets in whom login_hint names, at once.
// A browser that names nobody is asked by a form.
import { readFileSync } from "node:fs";

const orders = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { default: Provider } = await import(orders.provider);

const provider = new Provider(`http://127.0.0.1:${orders.port}`, {
  clients: orders.clients.map((client_id) => ({
    client_id,
    client_secret: orders.secret,
    redirect_uris: orders.backs,
  })),
  jwks: { keys: orders.keys },
  claims: { openid: ["sub", "amr"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: [orders.secret] },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const { params, prompt, session } = await provider.interactionDetails(ctx.req, ctx.res);
  const said = params.login_hint ?? session?.accountId ?? ctx.query.who ?? "";
  const [accountId, ...amr] = said.split(",");
  if (!accountId && ctx.get("accept").includes("text/html")) {
    ctx.body = '<form><label>Who <input name="who"></label> <button>Sign in</button></form>';
    return undefined;
  }
  if (!accountId) {
    const refused = { error: "access_denied", error_description: "nobody signed in" };
    return provider.interactionFinished(ctx.req, ctx.res, refused);
  }
  let result = { login: { accountId, amr, remember: false } };
  if (prompt.name === "consent") {
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope("openid");
    result = { consent: { grantId: await grant.save() } };
  }
  return provider.interactionFinished(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: true,
  });
});

provider.listen(orders.port, "127.0.0.1");
