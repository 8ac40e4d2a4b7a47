// Plays Alexa with the strict OAuth client oauth4webapi. It links accounts directly and through the proxy, and requires
// equal results. ISSUER is the authorization server, and LINK is the proxy. The script writes all secrets to the file
// SECRETS. The test then checks that the service did not log or store them.
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";

const { ISSUER, LINK, SECRETS, CLIENTS } = process.env;
const redirectURI = "https://pitangui.amazon.com/api/skill/link/M2VENDOR12345";
const fields = { login: "alice@listeners.example", password: "correct horse battery staple" };
const secrets = [...Object.values(fields)];

const methods = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost };

// link links an account. It returns the pages and responses that a client sees, without their random values.
async function link(client, pkce, as) {
  const state = oauth.generateRandomState();
  const verifier = pkce ? oauth.generateRandomCodeVerifier() : oauth.nopkce;
  const url = new URL(as.authorization_endpoint);
  const parameters = { client_id: client.client_id, response_type: "code", state, scope: "profile", redirect_uri: redirectURI };
  if (pkce) Object.assign(parameters, { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" });
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);

  const browser = new Browser();
  const callback = await browser.signIn(url, redirectURI, fields);
  const authorization = oauth.validateAuthResponse(as, client, callback, state);
  const authentication = methods[client.token_endpoint_auth_method](client.client_secret);
  const responses = [];
  const record = async (request) => {
    const response = await request;
    responses.push(await summarize(response.clone()));
    return response;
  };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client,
    await record(oauth.authorizationCodeGrantRequest(as, client, authentication, authorization, redirectURI, verifier)));
  const refreshed = await oauth.processRefreshTokenResponse(as, client,
    await record(oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token)));
  secrets.push(state, callback.searchParams.get("code"), tokens.access_token, tokens.refresh_token, refreshed.access_token, refreshed.refresh_token,
    client.client_secret, ...browser.cookies.map((c) => c.value));
  if (pkce) secrets.push(verifier);
  const pages = browser.responses.filter((r) => r.status === 200).map((r) => [r.type, maskRandom(r.text)]);
  return { callback: [...callback.searchParams.keys()], pages, responses };
}

// maskRandom replaces random values, which have at least 20 characters, so that two runs are comparable.
const maskRandom = (text) => text.replace(/[\w-]{20,}/g, "…");

// summarize returns the comparable parts of a response: status, headers and body.
async function summarize(response) {
  const headers = [...response.headers].filter(([name]) => !["date", "connection", "keep-alive", "transfer-encoding"].includes(name));
  return { status: response.status, headers, body: maskRandom(await response.text()) };
}

const direct = { issuer: ISSUER, authorization_endpoint: `${ISSUER}/auth`, token_endpoint: `${ISSUER}/token` };
const proxied = { issuer: ISSUER, authorization_endpoint: `${LINK}/authorize`, token_endpoint: `${LINK}/token` };
for (const client of JSON.parse(CLIENTS)) {
  for (const pkce of [false, true]) {
    const result = await link(client, pkce, proxied);
    assert.deepEqual(result, await link(client, pkce, direct), "the results with and without the proxy differ");
    console.log(`linked ${client.client_id}, ${client.token_endpoint_auth_method}, ${pkce ? "with" : "without"} PKCE: the result is the same through the proxy`);
  }
}
writeFileSync(SECRETS, secrets.filter((s) => s.length >= 5).join("\n"));
