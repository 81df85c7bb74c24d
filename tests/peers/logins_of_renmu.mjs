// Does what the library's README shows: load a login from a file, or log in by QR code and save it.
//
//     node logins_of_renmu.mjs MODULE load|save FILE
//
// All of Bilibili's names lead to the simulator, https to PEER_HTTPS_PORT, http to PEER_HTTP_PORT; names in TLS stay as they are.
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import tls from "node:tls";
import { pathToFileURL } from "node:url";

const [module, what, file] = process.argv.slice(2);
const port = Number(process.env.PEER_HTTPS_PORT);
const { connect } = tls;
tls.connect = (options, ...more) =>
  connect({ ...options, host: "127.0.0.1", port, servername: options.servername || options.host }, ...more);
http.globalAgent.createConnection = (options, ...more) =>
  net.connect({ ...options, host: "127.0.0.1", port: Number(process.env.PEER_HTTP_PORT) }, ...more);

const { Client, TvQrcodeLogin } = await import(pathToFileURL(module));
if (what === "load") {
  const client = new Client();
  await client.loadCookieFile(file);
  const { uid, accessToken, cookieObj } = client.auth;
  const { typelist } = await client.platform.getArchivePre(); // needs cookies that are good
  console.log(JSON.stringify({ uid, accessToken, cookieObj, partitions: typelist.length }));
} else {
  const tv = new TvQrcodeLogin();
  tv.interval = 50;
  await new Promise((resolve, reject) => {
    tv.on("completed", answer => resolve(fs.writeFileSync(file, JSON.stringify(answer.data))));
    tv.on("error", answer => reject(new Error(answer.message)));
    tv.login().catch(reject);
  });
}
process.exit(0);
