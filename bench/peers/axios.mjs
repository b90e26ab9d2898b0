// axios as a Node monitor uses it: a fresh connection for each check. Usage: node axios.mjs URL CHECKS [CA].
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import axios from "axios";

const [url, checks, ca] = process.argv.slice(2);
const CONCURRENCY = 64;
const options = {
  proxy: false,
  httpAgent: new http.Agent({ keepAlive: false, maxSockets: Infinity }),
  httpsAgent: new https.Agent({
    keepAlive: false,
    maxSockets: Infinity,
    maxCachedSessions: 0,
    ...(ca ? { ca: fs.readFileSync(ca) } : {}),
  }),
};

async function run(count) {
  const times = [];
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const began = performance.now();
      await axios.get(url, options);
      times.push((performance.now() - began) / 1000);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, count) }, worker));
  return times;
}

await run(64);
const before = process.cpuUsage();
const times = await run(Number(checks));
const spent = process.cpuUsage(before);
console.log(JSON.stringify({ checks: times.length, cpu: (spent.user + spent.system) / 1e6, times }));
