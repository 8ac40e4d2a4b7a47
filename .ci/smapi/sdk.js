'use strict';

// Deploys a skill package with ask-smapi-sdk, Amazon's library for SMAPI, and tries the calls that "skill deploy" uses. It runs
// against the fake of Amazon. The answers must be such that Amazon's library understands them.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { basename } = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');

const { CustomSmapiClientBuilder } = require('ask-smapi-sdk');

const { SMAPI_URL, SMAPI_LWA_URL, SMAPI_CLIENT_ID, SMAPI_CLIENT_SECRET, SMAPI_REFRESH_TOKEN, SMAPI_VENDOR_ID, SMAPI_PACKAGE, SMAPI_CERTIFICATE } = process.env;
const stage = 'development';
const locale = 'en-US';

const client = new CustomSmapiClientBuilder().withApiEndpoint(SMAPI_URL).withAuthEndpoint(SMAPI_LWA_URL)
  .withRefreshTokenConfig({ clientId: SMAPI_CLIENT_ID, clientSecret: SMAPI_CLIENT_SECRET, refreshToken: SMAPI_REFRESH_TOKEN }).client();

// call returns status, headers (an object with names in lower case) and body of a call. The library throws at 400 and above.
async function call(operation, ...args) {
  const { statusCode, headers, body } = await client[`call${operation[0].toUpperCase()}${operation.slice(1)}`](...args);
  const fields = Object.fromEntries((Array.isArray(headers) ? headers.map(({ key, value }) => [key, value]) : Object.entries(headers))
    .map(([key, value]) => [key.toLowerCase(), value]));
  return { status: statusCode, headers: fields, body };
}

// requireStatus requires that a call is refused with a status and a message.
async function requireStatus(status, operation, ...args) {
  const failure = await call(operation, ...args).then(() => undefined, (error) => error);
  assert.equal(failure?.statusCode, status, `${operation}: ${failure}`);
  assert.ok(failure.response?.message, `${operation}: no message in ${JSON.stringify(failure.response)}`);
  return failure.response;
}

// poll repeats a call until its answer is final.
async function poll(operation, ...args) {
  for (let turn = 0; turn < 200; turn++) {
    const { body } = await call(operation, ...args);
    if (body.status !== 'IN_PROGRESS') {
      return body;
    }
    await wait(50);
  }
  return assert.fail(`${operation} does not end`);
}

// upload puts the package at an address that SMAPI gives.
async function upload() {
  const { status, body } = await call('createUploadUrlV1');
  assert.equal(status, 201);
  assert.ok(Date.parse(body.expiresAt) > Date.now(), body.expiresAt);
  const answer = await fetch(body.uploadUrl, { method: 'PUT', body: readFileSync(SMAPI_PACKAGE) });
  assert.equal(answer.status, 200, await answer.text());
  return body.uploadUrl;
}

// follow polls the import that an accepted request names.
async function follow({ status, headers }) {
  assert.equal(status, 202);
  assert.match(headers.location, /^\/v1\/skills\/imports\/[^/]+$/);
  const body = await poll('getImportStatusV1', basename(headers.location));
  assert.equal(body.status, 'SUCCEEDED', JSON.stringify(body));
  return body.skill;
}

async function create() {
  const { body } = await call('getVendorListV1');
  assert.deepEqual(body.vendors.map(({ id }) => id), [SMAPI_VENDOR_ID]);
  await requireStatus(400, 'createSkillPackageV1', { vendorId: SMAPI_VENDOR_ID, location: `${SMAPI_URL}/nothing.zip` });
  const { skillId } = await follow(await call('createSkillPackageV1', { vendorId: SMAPI_VENDOR_ID, location: await upload() }));
  const { body: list } = await call('listSkillsForVendorV1', SMAPI_VENDOR_ID, undefined, 50);
  assert.ok(list.skills.some((skill) => skill.skillId === skillId && skill.stage === stage), JSON.stringify(list));
  return skillId;
}

async function enable(skillId) {
  await requireStatus(404, 'getSkillEnablementStatusV1', skillId, stage);
  assert.equal((await call('setSkillEnablementV1', skillId, stage)).status, 204);
  assert.equal((await call('getSkillEnablementStatusV1', skillId, stage)).status, 204);
}

async function read(skillId) {
  const { headers, body } = await call('getSkillManifestV1', skillId, stage);
  assert.ok(headers.etag && body.manifest.publishingInformation.locales[locale]);
  const model = await call('getInteractionModelV1', skillId, stage, locale);
  assert.ok(model.headers.etag && model.body.interactionModel.languageModel.invocationName);
  const metadata = await call('getInteractionModelMetadataV1', skillId, stage, locale);
  assert.equal(metadata.status, 204);
  assert.equal(metadata.headers.etag, model.headers.etag);
  const { body: status } = await call('getSkillStatusV1', skillId);
  assert.equal(status.manifest.lastUpdateRequest.status, 'SUCCEEDED');
  assert.equal(status.interactionModel[locale].lastUpdateRequest.status, 'SUCCEEDED');
  return { manifest: body, etag: headers.etag };
}

async function update(skillId) {
  const skill = await follow(await call('importSkillPackageV1', { location: await upload() }, skillId));
  assert.equal(skill.skillId, skillId);
  const running = await call('importSkillPackageV1', { location: await upload() }, skillId, skill.eTag);
  const { message } = await requireStatus(409, 'importSkillPackageV1', { location: await upload() }, skillId);
  assert.match(message, new RegExp(basename(running.headers.location)));
  await follow(running);
  await requireStatus(412, 'importSkillPackageV1', { location: await upload() }, skillId, 'wrong');
  await requireStatus(404, 'importSkillPackageV1', { location: await upload() }, 'amzn1.ask.skill.11111111-2222-3333-4444-555555555555');
}

async function change(skillId) {
  const { manifest, etag } = await read(skillId);
  const changed = structuredClone(manifest);
  changed.manifest.publishingInformation.testingInstructions = 'Say hello.';
  await requireStatus(412, 'updateSkillManifestV1', skillId, stage, changed, 'wrong');
  assert.equal((await call('updateSkillManifestV1', skillId, stage, changed, etag)).status, 202);
  for (let turn = 0; turn < 200; turn++) {
    const { body } = await call('getSkillStatusV1', skillId, 'manifest');
    if (body.manifest.lastUpdateRequest.status === 'SUCCEEDED') {
      break;
    }
    await wait(50);
  }
  assert.equal((await read(skillId)).manifest.manifest.publishingInformation.testingInstructions, 'Say hello.');
  changed.manifest.apis.custom.endpoint.uri = 'http://skill.example.com/';
  const { violations } = await requireStatus(400, 'updateSkillManifestV1', skillId, stage, changed);
  assert.ok(violations[0].message, JSON.stringify(violations));
}

async function setMore(skillId) {
  const sslCertificate = readFileSync(SMAPI_CERTIFICATE, 'utf8');
  assert.equal((await call('setSSLCertificatesV1', skillId, { sslCertificate, regions: { NA: { sslCertificate } } })).status, 204);
  const accountLinkingRequest = { type: 'AUTH_CODE', authorizationUrl: 'https://login.example.com/authorize', clientId: 'blog', clientSecret: 'juniper-berry',
    accessTokenScheme: 'HTTP_BASIC', accessTokenUrl: 'https://login.example.com/token', scopes: ['profile'], domains: [], defaultTokenExpirationInSeconds: 3600 };
  assert.equal((await call('updateAccountLinkingInfoV1', skillId, stage, { accountLinkingRequest })).status, 204);
  const { body, headers } = await call('getAccountLinkingInfoV1', skillId, stage);
  assert.equal(body.clientId, 'blog');
  assert.ok(headers.etag);
}

async function tryIt(skillId) {
  const { body } = await call('simulateSkillV2', skillId, stage, { input: { content: 'open half elf' }, device: { locale }, session: { mode: 'FORCE_NEW_SESSION' } });
  const simulation = await poll('getSkillSimulationV2', skillId, stage, body.id);
  assert.equal(simulation.status, 'SUCCESSFUL', JSON.stringify(simulation));
  const { invocationRequest, invocationResponse } = simulation.result.skillExecutionInfo.invocations[0];
  const invoked = await call('invokeSkillEndPointV2', skillId, stage, { endpointRegion: 'default', skillRequest: { body: invocationRequest.body } });
  assert.equal(invoked.body.status, 'SUCCESSFUL', JSON.stringify(invoked.body));
  assert.match(JSON.stringify(invocationResponse), /outputSpeech/);
}

async function main() {
  const skillId = await create();
  await enable(skillId);
  await update(skillId);
  await change(skillId);
  await tryIt(skillId);
  await setMore(skillId);
  await requireStatus(404, 'getSkillManifestV1', 'amzn1.ask.skill.11111111-2222-3333-4444-555555555555', stage);
  console.log(`ask-smapi-sdk deployed ${skillId}`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
