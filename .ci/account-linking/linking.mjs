// Alexa's side, strictly: links accounts by oauth4webapi, directly and through the proxy, and compares what came of it.
// ISSUER is the authorization server, LINK what stands in for it; SECRETS a file for all that nobody may find again.
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";

const { ISSUER, LINK, SECRETS, CLIENTS } = process.env;
const back = "https://pitangui.amazon.com/api/skill/link/M2VENDOR12345";
const fields = { login: "alice@listeners.example", password: "correct horse battery staple" };
const secrets = [...Object.values(fields)];

const methods = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost };

// links an account, and gives what a client sees of it, without what is different each time.
async function link(client, pkce, as) {
  const state = oauth.generateRandomState();
  const verifier = pkce ? oauth.generateRandomCodeVerifier() : oauth.nopkce;
  const url = new URL(as.authorization_endpoint);
  const asked = { client_id: client.client_id, response_type: "code", state, scope: "profile", redirect_uri: back };
  if (pkce) Object.assign(asked, { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" });
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);

  const browser = new Browser();
  const landed = await browser.goes(url, back, fields);
  const given = oauth.validateAuthResponse(as, client, landed, state);
  const authentication = methods[client.token_endpoint_auth_method](client.client_secret);
  const answers = [];
  const ask = async (request) => {
    const response = await request;
    answers.push(await shape(response.clone()));
    return response;
  };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client,
    await ask(oauth.authorizationCodeGrantRequest(as, client, authentication, given, back, verifier)));
  const again = await oauth.processRefreshTokenResponse(as, client,
    await ask(oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token)));
  secrets.push(state, landed.searchParams.get("code"), tokens.access_token, tokens.refresh_token, again.access_token, again.refresh_token,
    client.client_secret, ...browser.cookies.map((c) => c.value));
  if (pkce) secrets.push(verifier);
  return { landed: [...landed.searchParams.keys()], pages: browser.seen.filter((s) => s.status === 200).map((s) => [s.type, varying(s.text)]), answers };
}

// varying leaves of a text what is the same each time: what is made anew has 20 letters and more.
const varying = (text) => text.replace(/[\w-]{20,}/g, "…");

// shape is an answer in full: status, headers and body.
async function shape(response) {
  const headers = [...response.headers].filter(([name]) => !["date", "connection", "keep-alive", "transfer-encoding"].includes(name));
  return { status: response.status, headers, body: varying(await response.text()) };
}

const direct = { issuer: ISSUER, authorization_endpoint: `${ISSUER}/auth`, token_endpoint: `${ISSUER}/token` };
const proxied = { issuer: ISSUER, authorization_endpoint: `${LINK}/authorize`, token_endpoint: `${LINK}/token` };
for (const client of JSON.parse(CLIENTS)) {
  for (const pkce of [false, true]) {
    const through = await link(client, pkce, proxied);
    assert.deepEqual(through, await link(client, pkce, direct), "the proxy makes a difference");
    console.log(`linked ${client.client_id}, ${client.token_endpoint_auth_method}, ${pkce ? "with" : "without"} PKCE: the same through the proxy`);
  }
}
writeFileSync(SECRETS, secrets.filter((s) => s.length >= 5).join("\n"));
