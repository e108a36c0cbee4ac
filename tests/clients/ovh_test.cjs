// The life of DNS records as one of OVH's own clients for Node sees it.
// Usage: with_tls.py node ovh_test.cjs DIRECTORY PACKAGE      DIRECTORY holds node_modules
'use strict';
const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const { test } = require('node:test');

const [directory, packageName] = process.argv.slice(2);
const ovh = createRequire(`${directory}/package.json`)(packageName);
const zone = process.env.OVH_ZONE;
const root = `/domain/zone/${zone}`;
const key = process.env.OVH_CONSUMER_KEY;

function connect(changes = {}) {
  return ovh({
    host: '127.0.0.1',
    port: Number(process.env.OVH_TLS_PORT),
    appKey: process.env.OVH_APPLICATION_KEY,
    appSecret: process.env.OVH_APPLICATION_SECRET,
    consumerKey: key,
    ...changes,
  });
}
const client = connect();
const call = (method, path, params = {}, by = client) => by.requestPromised(method, path, params);
// How both clients present an answer that is no success: its status, and the message of its body.
const refused = (error, message, promise) => assert.rejects(promise, (given) => {
  assert.deepEqual({ error: given.error, message: given.message }, { error, message });
  return true;
});

async function control(path) {
  const answer = await fetch(process.env.MUSTER_SANDBOX + path);
  return answer.text();
}
const objects = async () => JSON.parse(await control('/summary')).objects;
const ledger = async (kind) =>
  (await control(`/ledger?kind=${kind}`)).split('\n').filter(Boolean).map((line) => JSON.parse(line));

// Asks again, 20 times a second, until the answer is the one that has to come.
async function eventually(ask, fits) {
  const deadline = Date.now() + 60000;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)} after a minute`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const deployed = () => eventually(() => call('GET', `${root}/status`), (status) => status.isDeployed);

const made = [];
async function create(record) {
  const answer = await call('POST', `${root}/record`, { ...record });
  made.push(`${record.fieldType} ${record.subDomain}.${zone}`);
  assert.equal(typeof answer.id, 'number');
  assert.deepEqual(answer, { id: answer.id, zone, ttl: 0, ...record });
  return answer.id;
}

test('the clock and the key', async () => {
  const time = await call('GET', '/auth/time');
  assert.ok(Math.abs(time - Date.now() / 1000) < 60, `the API says ${time}`);
  // Both clients leave everything below /auth unsigned, whatever key they have.
  await refused(401, 'You must login first', call('GET', '/auth/currentCredential'));
});

test('the zones of the account and what is in one', async () => {
  assert.deepEqual(await call('GET', '/domain/zone'), ['example.com', 'example.net', 'old.example']);
  const about = await call('GET', root);
  assert.equal(about.name, zone);
  assert.deepEqual(about.nameServers, ['dns104.ovh.net', 'ns104.ovh.net']);
  assert.deepEqual(await call('GET', `${root}/status`), { isDeployed: true, errors: null, warnings: null });
  const soa = await call('GET', `${root}/soa`);
  assert.equal(soa.server, 'dns104.ovh.net.');
  assert.match(String(soa.serial), /^\d{10}$/);
  const file = await call('GET', `${root}/export`);
  assert.match(file, /^\$TTL 3600\n@\tIN SOA dns104\.ovh\.net\. /);
  const servers = await call('GET', `${root}/record`, { fieldType: 'NS' });
  assert.equal(servers.length, 2);
  const server = await call('GET', `${root}/record/${servers[0]}`);
  assert.deepEqual(server, { id: servers[0], zone, fieldType: 'NS', subDomain: '', target: 'dns104.ovh.net.', ttl: 0 });
});

test('a record of each type from its creation to its end', async () => {
  const records = [
    { fieldType: 'A', subDomain: 'web', target: '203.0.113.7', ttl: 300 },
    { fieldType: 'AAAA', subDomain: 'web', target: '2001:db8::7', ttl: 300 },
    { fieldType: 'TXT', subDomain: 'note', target: 'caf\u00e9 au lait', ttl: 300 },
    { fieldType: 'CNAME', subDomain: 'www', target: 'web' },
  ];
  const ids = [];
  for (const record of records) ids.push(await create(record));
  assert.deepEqual(await call('GET', `${root}/record`, { subDomain: 'web' }), [ids[0], ids[1]]);
  assert.deepEqual(await call('GET', `${root}/record`, { subDomain: 'web', fieldType: 'AAAA' }), [ids[1]]);
  assert.deepEqual(await call('GET', `${root}/record`, { subDomain: 'none' }), []);
  assert.deepEqual(await call('GET', `${root}/record/${ids[0]}`), { id: ids[0], zone, ...records[0] });
  // The service begins to show the text of a TXT in quotes some time after it was written.
  await eventually(() => call('GET', `${root}/record/${ids[2]}`), (txt) => txt.target === '"caf\u00e9 au lait"');

  assert.equal(await call('PUT', `${root}/record/${ids[0]}`, { target: '203.0.113.8' }), null);
  assert.equal(await call('PUT', `${root}/record/${ids[3]}`, { subDomain: 'w3', ttl: 60 }), null);
  const address = await call('GET', `${root}/record/${ids[0]}`);
  assert.deepEqual(address, { id: ids[0], zone, ...records[0], target: '203.0.113.8' });
  const alias = await call('GET', `${root}/record/${ids[3]}`);
  assert.deepEqual(alias, { id: ids[3], zone, ...records[3], subDomain: 'w3', ttl: 60 });

  assert.equal(await control(`/names/web.${zone}`).then((text) => JSON.parse(text).message), 'NXDOMAIN');
  const before = await call('GET', `${root}/soa`);
  assert.equal(await call('POST', `${root}/refresh`), null);
  await refused(409, 'A refresh of this zone is already in progress', call('POST', `${root}/refresh`));
  const [task] = (await call('GET', `${root}/task`)).slice(-1);
  const running = await call('GET', `${root}/task/${task}`);
  assert.deepEqual([running.id, running.status, running.doneDate], [task, 'doing', null]);
  await deployed();
  assert.equal((await call('GET', `${root}/task/${task}`)).status, 'done');
  const after = await call('GET', `${root}/soa`);
  assert.ok(after.serial > before.serial, `the serial was ${before.serial} and is ${after.serial}`);
  const served = JSON.parse(await control(`/names/w3.${zone}`));
  assert.deepEqual(served.addresses.sort(), ['2001:db8::7', '203.0.113.8']);
  assert.match(await call('GET', `${root}/export`), /^web +300 IN A +203\.0\.113\.8$/m);

  for (const id of ids) assert.equal(await call('DELETE', `${root}/record/${id}`), null);
  await refused(404, `The requested object (id = ${ids[0]}) does not exist`, call('GET', `${root}/record/${ids[0]}`));
  assert.deepEqual(await call('GET', `${root}/record`, { subDomain: 'web' }), []);
  assert.equal(await call('POST', `${root}/refresh`), null);
  await deployed();
  assert.equal(JSON.parse(await control(`/names/w3.${zone}`)).message, 'NXDOMAIN');
});

test('a login that is wrong in one part', async () => {
  await refused(400, 'Invalid signature', call('GET', root, {}, connect({ appSecret: 'wrong' })));
  await refused(400, 'Query out of time', call('GET', root, {}, connect({ apiTimeDiff: -3600 })));
  await refused(403, 'This application key is invalid', call('GET', root, {}, connect({ appKey: 'wrong' })));
  await refused(403, 'This credential is not valid', call('GET', root, {}, connect({ consumerKey: 'wrong' })));
  await refused(401, 'You must login first', call('GET', root, {}, connect({ consumerKey: undefined })));
});

test('a key that is asked for, validated by its owner, and held to its rights', async () => {
  const anonymous = connect({ consumerKey: undefined });
  const asked = await call('POST', '/auth/credential', { accessRules: [{ method: 'GET', path: '/domain/zone/*' }] },
    anonymous);
  assert.equal(asked.state, 'pendingValidation');
  const reader = connect({ consumerKey: asked.consumerKey });
  await refused(403, 'This credential is not valid', call('GET', root, {}, reader));
  const page = new URL(asked.validationUrl);
  const visit = await fetch(new URL(page.pathname + page.search, process.env.OVH_ENDPOINT));
  assert.equal(visit.status, 200);
  assert.equal((await call('GET', root, {}, reader)).name, zone);
  const record = { fieldType: 'A', target: '203.0.113.9' };
  await refused(403, 'This call has not been granted', call('POST', `${root}/record`, record, reader));
  await refused(403, 'This call has not been granted', call('POST', `${root}/refresh`, {}, reader));
});

test('what is not there, or not as it has to be', async () => {
  const record = { fieldType: 'A', subDomain: 'x', target: '203.0.113.9' };
  await refused(404, 'This service does not exist', call('GET', '/domain/zone/nobody.example/record'));
  await refused(404, 'This service does not exist', call('POST', '/domain/zone/nobody.example/record', { ...record }));
  await refused(404, 'Got an invalid (or empty) URL', call('GET', '/domain/zones'));
  await refused(404, 'The requested object (id = 7) does not exist', call('DELETE', `${root}/record/7`));
  await refused(404, 'The requested object (id = 7) does not exist', call('PUT', `${root}/record/7`, { ttl: 60 }));
  await refused(404, 'The requested object (id = 7) does not exist', call('GET', `${root}/task/7`));
  await refused(460, 'This service is expired', call('GET', '/domain/zone/old.example/record'));
  await refused(400, 'Missing parameter(s): target', call('POST', `${root}/record`, { fieldType: 'A' }));
  await refused(400, 'Invalid target for A: 2001:db8::7',
    call('POST', `${root}/record`, { ...record, target: '2001:db8::7' }));
  await refused(400, 'Invalid domain name, underscore not allowed',
    call('POST', `${root}/record`, { ...record, subDomain: 'a_b' }));
  await refused(400, 'Received not described parameters: (name)',
    call('POST', `${root}/record`, { ...record, name: 'x' }));
  const [server] = await call('GET', `${root}/record`, { fieldType: 'NS' });
  await refused(400, 'Try to alter read-only properties: fieldType',
    call('PUT', `${root}/record/${server}`, { fieldType: 'A', target: '203.0.113.9' }));
});

test('a service account by OAuth2', { skip: packageName === 'ovh' && 'this client knows keys only' }, async () => {
  const account = (clientSecret) => ovh({
    host: '127.0.0.1',
    port: Number(process.env.OVH_TLS_PORT),
    tokenURL: `https://127.0.0.1:${process.env.OVH_TLS_PORT}/auth/`,
    clientID: 'EU.sandboxclient',
    clientSecret,
  });
  const service = account('sandbox-client-secret-not-a-secret');
  assert.equal((await call('GET', root, {}, service)).name, zone);
  assert.equal((await call('GET', '/auth/details', {}, service)).method, 'oauth2');
  // The newer spelling of the same API, which this client takes as a path.
  assert.equal((await call('GET', `/v1${root}`, {}, service)).name, zone);
  await assert.rejects(call('GET', root, {}, account('wrong')), (given) => {
    assert.equal(given.error.statusCode, 401);
    assert.deepEqual(given.error.message,
      { error: 'invalid_client', error_description: 'client authentication failed' });
    return true;
  });
});

test('nothing is left, and all that was ever made is known', async () => {
  const now = await objects();
  assert.deepEqual(now.record, { created: made.length, deleted: made.length, alive: 0 });
  assert.equal(now['foreign-record'].deleted, 0);
  const created = (await ledger('record')).filter((entry) => entry.event === 'created').map((entry) => entry.name);
  assert.deepEqual(created, made);
  const refreshes = (await ledger('zone')).filter((entry) => entry.details.function === 'refresh');
  assert.equal(refreshes.length, 2);
});
