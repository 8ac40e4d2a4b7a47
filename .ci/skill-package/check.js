'use strict';

// Compares what the program writes with the types of ask-smapi-model, which Amazon's own tools are built on, and what it
// answers with those of ask-sdk-model. The types are made into JSON schemas that know no other keys, since Amazon ignores
// a key that is misspelt, or refuses all of it. What the types do not say, as lengths and the forms of utterances, the
// program holds by itself.
//
// Each schema is also given what is broken in a way of its own, and must refuse it: a schema that takes anything says
// nothing.

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { basename, join } = require('node:path');
const test = require('node:test');

const { default: Ajv } = require('ajv');
const { createGenerator } = require('ts-json-schema-generator');

const folder = process.env.SKILL_PACKAGE; // what "skill package --out" was given
const locales = process.env.SKILL_LOCALES.split(' ');
const answers = process.env.SKILL_ANSWERS; // a folder with an answer of the service in each file

const manifest = validator('Manifest');
const model = validator('Model');
const answer = validator('Answer');

// validator makes a schema of a type of types.ts.
function validator(type) {
  const schema = createGenerator({ path: join(__dirname, 'types.ts'), type, additionalProperties: false, skipTypeCheck: true }).createSchema(type);
  // The types are unions of interfaces that share keys, which strict mode wants to be spelt out.
  return new Ajv({ allErrors: true, strict: false }).compile(schema);
}

function takes(validate, value, what) {
  assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors, null, 1)}`);
}

// refuses changes one thing in a copy of what is taken.
function refuses(validate, value, what, change) {
  const copy = structuredClone(value);
  change(copy);
  assert.notDeepEqual(copy, value, `nothing was broken: ${what}`);
  assert.ok(!validate(copy), `the schema takes ${what}`);
}

const read = (...names) => JSON.parse(readFileSync(join(...names)));
const theManifest = () => read(folder, 'skill-package', 'skill.json');
const theModel = (locale) => read(folder, 'skill-package', 'interactionModels', 'custom', `${locale}.json`);

test('the manifest is what Amazon imports', () => {
  const written = theManifest();
  takes(manifest, written, 'skill.json');
  assert.deepEqual(Object.keys(written.manifest.publishingInformation.locales).sort(), locales);
});

test('a broken manifest is refused', () => {
  const breaks = (what, change) => refuses(manifest, theManifest(), what, ({ manifest }) => change(manifest));
  breaks('a key that is misspelt', (m) => { m.publishingInfo = m.publishingInformation; delete m.publishingInformation; });
  breaks('a key in a locale that is misspelt', (m) => { m.publishingInformation.locales[locales[0]].smallIcon = 'x'; });
  breaks('a locale without a name', (m) => { delete m.publishingInformation.locales[locales[0]].name; });
  breaks('a certificate type that there is not', (m) => { m.apis.custom.endpoint.sslCertificateType = 'trusted'; });
  breaks('an endpoint without an address', (m) => { delete m.apis.custom.endpoint.uri; });
  breaks('an interface that there is not', (m) => { m.apis.custom.interfaces[0].type = 'AUDIOPLAYER'; });
  breaks('a viewport of no mode', (m) => { m.apis.custom.interfaces[1].supportedViewports[0].mode = 'PHONE'; });
  breaks('an event that there is not', (m) => { m.events.subscriptions[0].eventName = 'SkillDisabled'; });
  breaks('events without an endpoint', (m) => { delete m.events.endpoint; });
  breaks('an answer on privacy in words', (m) => { m.privacyAndCompliance.containsAds = 'no'; });
  breaks('a question on privacy that nobody asked', (m) => { m.privacyAndCompliance.containsAdds = false; });
  breaks('a country that there is not', (m) => { m.publishingInformation.distributionCountries = ['UK']; });
  breaks('another version', (m) => { m.manifestVersion = '2.0'; });
});

test('the pictures are where the manifest says', () => {
  for (const { smallIconUri, largeIconUri } of Object.values(theManifest().manifest.publishingInformation.locales)) {
    for (const [uri, size] of [[smallIconUri, 108], [largeIconUri, 512]]) {
      const png = readFileSync(join(folder, 'skill-package', uri.replace('file://', '')));
      assert.deepEqual([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)], ['PNG', size, size], uri);
    }
  }
});

test('the interaction models are what Amazon imports', () => {
  const files = readdirSync(join(folder, 'skill-package', 'interactionModels', 'custom'));
  assert.deepEqual(files.map((name) => basename(name, '.json')).sort(), locales);
  for (const locale of locales) {
    takes(model, theModel(locale), locale);
  }
});

test('a broken interaction model is refused', () => {
  const breaks = (what, change) => refuses(model, theModel(locales[0]), what, ({ interactionModel }) => change(interactionModel.languageModel, interactionModel));
  breaks('no invocation name', (m) => { delete m.invocationName; });
  breaks('no intents', (m) => { delete m.intents; });
  breaks('an intent without a name', (m) => { delete m.intents[0].name; });
  breaks('samples under another name', (m) => { m.intents[0].utterances = m.intents[0].samples; });
  breaks('a sample that is no text', (m) => { m.intents[0].samples = [5]; });
  breaks('a value that is bare', (m) => { m.types[0].values[0] = 'Recipes'; });
  breaks('a sensitivity that there is not', (m) => { m.modelConfiguration.fallbackIntentSensitivity.level = 'NONE'; });
  breaks('a model without its envelope', (m, envelope) => { delete envelope.languageModel; });
});

test("the service's answers are what Amazon's own kit would send", () => {
  const files = readdirSync(answers);
  assert.ok(files.length > 10, `${files.length} answers`);
  for (const file of files) {
    takes(answer, read(answers, file), readFileSync(join(answers, file), 'utf8'));
  }
});

test('a broken answer is refused', () => {
  const all = readdirSync(answers).map((file) => read(answers, file));
  const told = all.find(({ response }) => response.outputSpeech && response.card);
  const played = all.find(({ response }) => response.directives?.some(({ type }) => type === 'AudioPlayer.Play'));
  assert.ok(told && played, 'something is told, and something is played');
  refuses(answer, told, 'a response in another place', (a) => { a.answer = a.response; delete a.response; });
  refuses(answer, told, 'speech of no kind', (a) => { a.response.outputSpeech.type = 'Ssml'; });
  refuses(answer, told, 'a card with a key that there is not', (a) => { a.response.card.subtitle = 'x'; });
  refuses(answer, told, 'an end in words', (a) => { a.response.shouldEndSession = 'true'; });
  refuses(answer, played, 'a stream at the wrong place', (a) => { a.response.directives[0].stream = a.response.directives[0].audioItem.stream; });
  refuses(answer, played, 'a behaviour that there is not', (a) => { a.response.directives[0].playBehavior = 'REPLACE'; });
});
