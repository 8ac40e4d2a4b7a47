// Runs the authorization server oidc-provider. Its sign-in page is ours, with relative links. If OWN_PAGES is set, its pages
// are the library's, with absolute links. The server prints its address on standard output and runs until it is killed.
import { readFileSync } from "node:fs";
import https from "node:https";
import Provider from "oidc-provider";

const { CERT, KEY, CLIENTS, OWN_PAGES } = process.env;

const form = (body) => new URLSearchParams(body);

// signIn serves the sign-in page and handles its form.
async function signIn(provider, request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.setHeader("content-security-policy", "default-src 'self'; form-action 'self'");
    response.end(`<!doctype html><title>Sign in</title><link rel="stylesheet" href="${uid}/style.css">
<form method="post" action="${uid}"><input name="login"><input name="password" type="password"><button>Sign in</button></form>`);
    return;
  }
  if (request.headers.origin !== `https://${request.headers.host}`) {
    response.statusCode = 403;
    response.end("the request comes from another site");
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  await provider.interactionFinished(request, response, { login: { accountId: form(body).get("login") } }, { mergeWithLastSubmission: false });
}

const server = https.createServer({ cert: readFileSync(CERT), key: readFileSync(KEY) });
server.listen(0, "localhost", () => {
  const issuer = `https://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: JSON.parse(CLIENTS),
    cookies: { keys: ["only for tests"] },
    pkce: { required: () => false },
    scopes: ["openid", "profile"],
    features: { devInteractions: { enabled: Boolean(OWN_PAGES) } },
    ...(OWN_PAGES ? {} : { interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` } }),
    issueRefreshToken: () => true,
    async loadExistingGrant(ctx) {
      const { client, session, params } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      await grant.save();
      return grant;
    },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  const handleProvider = provider.callback();
  server.on("request", (request, response) => {
    if (!OWN_PAGES && request.url.endsWith("/style.css")) {
      response.setHeader("content-type", "text/css");
      response.end("body { font: 1rem serif }");
    } else if (!OWN_PAGES && request.url.startsWith("/interaction/")) {
      signIn(provider, request, response).catch((error) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    } else {
      handleProvider(request, response);
    }
  });
  console.log(issuer);
});
