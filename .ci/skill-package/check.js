'use strict';

// Checks the files of the skill package against the types of ask-smapi-model, which Amazon's own tools use, and the
// service's responses against the types of ask-sdk-model. The script makes JSON schemas from the types. The schemas refuse
// unknown keys, because Amazon ignores a misspelled key or refuses the whole file. The program itself checks rules that the
// types do not express, such as lengths and the form of utterances.
//
// Each schema must also refuse broken input. This shows that it does not accept everything.

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { basename, join } = require('node:path');
const test = require('node:test');

const { default: Ajv } = require('ajv');
const { createGenerator } = require('ts-json-schema-generator');

const folder = process.env.SKILL_PACKAGE; // the output folder of "skill package --out"
const locales = process.env.SKILL_LOCALES.split(' ');
const responses = process.env.SKILL_ANSWERS; // a folder with one response of the service in each file

const validateManifest = newValidator('Manifest');
const validateModel = newValidator('Model');
const validateResponse = newValidator('Answer');

// newValidator compiles the schema of a type in types.ts.
function newValidator(type) {
  const schema = createGenerator({ path: join(__dirname, 'types.ts'), type, additionalProperties: false, skipTypeCheck: true }).createSchema(type);
  // The types are unions of interfaces with shared keys. Strict mode does not accept these schemas.
  return new Ajv({ allErrors: true, strict: false }).compile(schema);
}

// requireValid requires that a schema accepts a value.
function requireValid(validate, value, name) {
  assert.ok(validate(value), `${name}: ${JSON.stringify(validate.errors, null, 1)}`);
}

// requireInvalid changes a copy of a valid value and requires that the schema refuses it.
function requireInvalid(validate, value, fault, change) {
  const copy = structuredClone(value);
  change(copy);
  assert.notDeepEqual(copy, value, `the change had no effect: ${fault}`);
  assert.ok(!validate(copy), `the schema accepts ${fault}`);
}

const read = (...names) => JSON.parse(readFileSync(join(...names)));
const readManifest = () => read(folder, 'skill-package', 'skill.json');
const readModel = (locale) => read(folder, 'skill-package', 'interactionModels', 'custom', `${locale}.json`);

test('the manifest matches the type of Amazon', () => {
  const manifest = readManifest();
  requireValid(validateManifest, manifest, 'skill.json');
  assert.deepEqual(Object.keys(manifest.manifest.publishingInformation.locales).sort(), locales);
});

// Amazon's API refuses these characters in example phrases, but its types do not say so.
const refusedInExamples = /[/*@#$%^&(){}_[\]|<>:;+=\\／＊＠＃＄％＾＆（）｛｝＿「」｜＼＜＞：＋￥]/;

test('the example phrases are ones that the API accepts and the model has', () => {
  for (const [locale, { examplePhrases }] of Object.entries(readManifest().manifest.publishingInformation.locales)) {
    assert.equal(examplePhrases.length, 3);
    const { invocationName, intents, types } = readModel(locale).interactionModel.languageModel;
    const values = types.flatMap((type) => type.values.map(({ name }) => name.value));
    const samples = intents.flatMap((intent) => intent.samples);
    for (const phrase of examplePhrases) {
      assert.doesNotMatch(phrase, refusedInExamples);
      const request = phrase.match(new RegExp(`^Alexa, (?:open|ask) ${invocationName}(?: (?:to|for))?(?: (.*))?$`));
      assert.ok(request, phrase);
      const isSample = samples.some((sample) => sample === request[1]
        || values.some((value) => sample.replace(/\{Category\}/, value) === request[1])
        || (/\{Query\}$/.test(sample) && request[1]?.startsWith(sample.replace('{Query}', ''))));
      assert.ok(!request[1] || isSample, phrase);
    }
  }
});

test('a broken manifest is refused', () => {
  const refuses = (fault, change) => requireInvalid(validateManifest, readManifest(), fault, ({ manifest }) => change(manifest));
  refuses('a misspelled key', (m) => { m.publishingInfo = m.publishingInformation; delete m.publishingInformation; });
  refuses('a misspelled key in a locale', (m) => { m.publishingInformation.locales[locales[0]].smallIcon = 'x'; });
  refuses('a locale without a name', (m) => { delete m.publishingInformation.locales[locales[0]].name; });
  refuses('an unknown certificate type', (m) => { m.apis.custom.endpoint.sslCertificateType = 'trusted'; });
  refuses('an endpoint without an address', (m) => { delete m.apis.custom.endpoint.uri; });
  const interfaceOf = (m, name) => m.apis.custom.interfaces.find(({ type }) => type === name);
  refuses('an unknown interface', (m) => { interfaceOf(m, 'AUDIO_PLAYER').type = 'AUDIOPLAYER'; });
  refuses('an unknown viewport mode', (m) => { interfaceOf(m, 'ALEXA_PRESENTATION_APL').supportedViewports[0].mode = 'PHONE'; });
  refuses('an unknown event', (m) => { m.events.subscriptions[0].eventName = 'SkillDisabled'; });
  refuses('events without an endpoint', (m) => { delete m.events.endpoint; });
  refuses('a privacy answer as text', (m) => { m.privacyAndCompliance.containsAds = 'no'; });
  refuses('an unknown privacy question', (m) => { m.privacyAndCompliance.containsAdds = false; });
  refuses('an unknown country', (m) => { m.publishingInformation.distributionCountries = ['UK']; });
  refuses('another manifest version', (m) => { m.manifestVersion = '2.0'; });
});

test('the icons are in the files that the manifest names', () => {
  for (const { smallIconUri, largeIconUri } of Object.values(readManifest().manifest.publishingInformation.locales)) {
    for (const [uri, size] of [[smallIconUri, 108], [largeIconUri, 512]]) {
      const png = readFileSync(join(folder, 'skill-package', uri.replace('file://', '')));
      assert.deepEqual([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)], ['PNG', size, size], uri);
    }
  }
});

test('the interaction models match the type of Amazon', () => {
  const files = readdirSync(join(folder, 'skill-package', 'interactionModels', 'custom'));
  assert.deepEqual(files.map((name) => basename(name, '.json')).sort(), locales);
  for (const locale of locales) {
    requireValid(validateModel, readModel(locale), locale);
  }
});

test('a broken interaction model is refused', () => {
  const refuses = (fault, change) => requireInvalid(validateModel, readModel(locales[0]), fault,
    ({ interactionModel }) => change(interactionModel.languageModel, interactionModel));
  refuses('no invocation name', (m) => { delete m.invocationName; });
  refuses('no intents', (m) => { delete m.intents; });
  refuses('an intent without a name', (m) => { delete m.intents[0].name; });
  refuses('samples under a wrong key', (m) => { m.intents[0].utterances = m.intents[0].samples; });
  refuses('a sample that is not text', (m) => { m.intents[0].samples = [5]; });
  refuses('a slot value that is not an object', (m) => { m.types[0].values[0] = 'Recipes'; });
  refuses('an unknown sensitivity', (m) => { m.modelConfiguration.fallbackIntentSensitivity.level = 'NONE'; });
  refuses('a model without languageModel', (m, envelope) => { delete envelope.languageModel; });
});

test("the service's responses match the type of Amazon's SDK", () => {
  const files = readdirSync(responses);
  assert.ok(files.length > 10, `only ${files.length} responses`);
  for (const file of files) {
    requireValid(validateResponse, read(responses, file), readFileSync(join(responses, file), 'utf8'));
  }
});

test('a broken response is refused', () => {
  const all = readdirSync(responses).map((file) => read(responses, file));
  const spoken = all.find(({ response }) => response.outputSpeech && response.card);
  const played = all.find(({ response }) => response.directives?.some(({ type }) => type === 'AudioPlayer.Play'));
  assert.ok(spoken && played, 'a response with speech and a response with audio are needed');
  requireInvalid(validateResponse, spoken, 'a response under a wrong key', (a) => { a.answer = a.response; delete a.response; });
  requireInvalid(validateResponse, spoken, 'an unknown speech type', (a) => { a.response.outputSpeech.type = 'Ssml'; });
  requireInvalid(validateResponse, spoken, 'a card with an unknown key', (a) => { a.response.card.subtitle = 'x'; });
  requireInvalid(validateResponse, spoken, 'shouldEndSession as text', (a) => { a.response.shouldEndSession = 'true'; });
  requireInvalid(validateResponse, played, 'a stream in the wrong place', (a) => { a.response.directives[0].stream = a.response.directives[0].audioItem.stream; });
  requireInvalid(validateResponse, played, 'an unknown play behavior', (a) => { a.response.directives[0].playBehavior = 'REPLACE'; });
});
