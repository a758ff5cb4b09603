// An identity provider that we did not write: OpenID certified `oidc-provider`, with its own sign-in pages.
// Prints its issuer when it listens. Arguments: our client id, our secret, the algorithm, addresses to lead back to.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [client, secret, alg, ...back] = process.argv.slice(2);
const kinds = { RS256: ["rsa", { modulusLength: 2048 }], ES256: ["ec", { namedCurve: "P-256" }], EdDSA: ["ed25519", {}] };
const keyOf = (name) => ({
  ...generateKeyPairSync(...kinds[name]).privateKey.export({ format: "jwk" }),
  alg: name,
  use: "sig",
  kid: `the ${name} key`,
});
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client,
        client_secret: secret,
        redirect_uris: back,
        response_types: ["code"],
        grant_types: ["authorization_code"],
        id_token_signed_response_alg: alg,
      },
    ],
    jwks: { keys: [...new Set(["RS256", alg])].map(keyOf) },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "EdDSA"] },
    acrValues: ["mfa"],
    claims: { openid: ["sub", "email"], acr: null },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: "personne1@exemple.test", email_verified: true }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ["invented"] },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
// In a browser's test nobody stops us by name: the end of our input is the end of us.
process.stdin.on("end", () => process.exit(0)).resume();
