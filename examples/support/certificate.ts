// A key and a certificate for localhost, created by openssl. Clients that trust `ca` trust servers with this certificate.
import { execFileSync } from "node:child_process";

const options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -keyout - -out -";
const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
const pem = execFileSync("openssl", [...options.split(" "), ...names], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/** For servers: the option `ssl` of startServer and createServer, and options of node:tls and node:https. */
export const server = { key: pem, cert: pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----")) };
/** For clients: the certificate is self-signed, so it is its own authority. */
export const ca = server.cert;
