// An OpenID provider with real keys, whose access tokens carry the claims that its clients are given, in Keycloak's shape.
//
// Argument: JSON {"clients": {"<id>": {claims}}, "pages": {"client": "<id>", "redirects": [urls], "accounts": {"<name>":
// {claims}}}, "tls": {"cert": PEM, "key": PEM} or null}; people sign in to `pages` by code flow, as an account that a form asks for. Prints {"issuer": url} once it listens. Lines on its standard input are
// commands, each answered by one line of JSON: `rotate` (a new key signs, the old one is still published), `retire` (the
// old one is gone), `counts` (how often the documents were fetched), `break` (the set of keys becomes nonsense), `mend`.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createSafeServer } from "node:https";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

// The provider itself talks, too: that is not for who reads the answers.
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
console.log = console.info = console.warn = console.error;

const { clients, pages, tls } = JSON.parse(process.argv[2]);
const counts = { discovery: 0, keys: 0 };
let provider, broken = false, keys = freshKeys();

function freshKeys() {
  const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  return [
    { ...rsa(), alg: "RS256" },
    { ...rsa(), alg: "PS256" },
    { ...ec, alg: "ES256" },
  ].map((key) => ({ ...key, use: "sig", kid: randomUUID() }));
}

function started(issuer) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: Object.keys(clients).map((id) => ({
      client_id: id, client_secret: "secret", grant_types: ["client_credentials"], redirect_uris: [], response_types: [],
    })).concat({
      client_id: pages.client, token_endpoint_auth_method: "none", grant_types: ["authorization_code"],
      redirect_uris: pages.redirects, response_types: ["code"],
    }),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // The last part of the resource says how its tokens are signed; the audience is what precedes it.
        getResourceServerInfo: (_, resource) => ({
          scope: "", audience: resource.split(":")[1], accessTokenTTL: 300, accessTokenFormat: "jwt",
          jwt: { sign: { alg: resource.split(":")[2] } },
        }),
      },
    },
    formats: {
      customizers: {
        jwt: (_, token, jwt) => {
          const { typ, ...claims } = clients[token.clientId] ?? pages.accounts[token.accountId];
          if (typ) jwt.header = { typ };
          Object.assign(jwt.payload, claims);
          return jwt;
        },
      },
    },
  });
}

const answered = (request, response) => {
  if (request.url.endsWith("/openid-configuration")) counts.discovery += 1;
  if (request.url === "/jwks") counts.keys += 1;
  if (broken && request.url === "/jwks") return response.end('{"keys": []}');
  return provider.callback()(request, response);
};
const server = tls ? createSafeServer(tls, answered) : createServer(answered);

server.listen(0, "127.0.0.1", () => {
  const issuer = `${tls ? "https" : "http"}://127.0.0.1:${server.address().port}`;
  provider = started(issuer);
  say({ issuer });
  const commands = {
    rotate: () => { keys = [...freshKeys(), ...keys.slice(0, 3)]; provider = started(issuer); },
    retire: () => { keys = keys.slice(0, 3); provider = started(issuer); },
    break: () => { broken = true; },
    mend: () => { broken = false; },
    counts: () => {},
  };
  createInterface({ input: process.stdin })
    .on("line", (line) => { commands[line](); say(counts); })
    .on("close", () => process.exit(0));
});
