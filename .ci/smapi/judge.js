'use strict';

// Holds recorded requests and answers of SMAPI to spec.json of ask-smapi-model, the description of SMAPI from which Amazon
// makes its own tools. The schemas are closed first: an unknown key is an error, because Amazon refuses or ignores it.
//
// The same judge must refuse broken copies of the recorded exchanges. This shows that it does not accept everything.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const test = require('node:test');

const { default: Ajv } = require('ajv');
const spec = require('ask-smapi-model/spec.json');

// The fake masks secrets in its records, also the upload address in the request of an import.
const uploadURL = 'https://upload.example.com/package';
const exchanges = JSON.parse(readFileSync(process.env.SMAPI_RECORDING, 'utf8').replaceAll('\\"location\\":\\"MASKED\\"', `\\"location\\":\\"${uploadURL}\\"`));
const wanted = JSON.parse(process.env.SMAPI_WANTED); // for each client: the operations that it must have used

// own names the schema of a definition without its subtypes.
const own = (name) => `${name} itself`;
const baseOf = (ref) => ref.replace('#/definitions/', '');

// parentsOf returns the names of the definitions that a definition extends.
function parentsOf(definition) {
  const inherited = (definition.allOf ?? []).filter(({ $ref }) => $ref).map(({ $ref }) => baseOf($ref));
  return definition['x-inheritsFrom'] ? [...inherited, definition['x-inheritsFrom']] : inherited;
}

// flatten returns the properties of a definition and of all that it extends, and the required ones.
function flatten(definition) {
  const parts = [...(definition.allOf ?? []).filter(({ $ref }) => !$ref), ...parentsOf(definition).map((name) => spec.definitions[name])].map(flatten);
  return {
    properties: Object.assign({}, ...parts.map(({ properties }) => properties), definition.properties),
    required: [...new Set([...parts.flatMap(({ required }) => required), ...(definition.required ?? [])])],
  };
}

// closed returns a JSON schema of a Swagger schema that refuses unknown keys.
function closed(schema) {
  if (schema.$ref) {
    return { $ref: `#/definitions/${encodeURIComponent(baseOf(schema.$ref))}` };
  }
  const { properties, required } = flatten(schema);
  if (schema.type === 'object' && !schema.additionalProperties && !schema.enum && Object.keys(properties).length === 0) {
    return {}; // spec.json describes a value of any type like this
  }
  const { type, enum: values, items, pattern, minLength, maxLength, minItems, maxItems, minimum, maximum, additionalProperties, format } = schema;
  const result = { type: values ? undefined : type, enum: values, // the types of some lists of values are wrong
    pattern, minLength, maxLength, minItems, maxItems, minimum, maximum, format, items: items && closed(items) };
  if (Object.keys(properties).length > 0) {
    Object.assign(result, { type: 'object', required, properties: mapValues(properties, closed), additionalProperties: false });
  }
  if (additionalProperties !== undefined) {
    result.additionalProperties = typeof additionalProperties === 'object' ? closed(additionalProperties) : additionalProperties;
  }
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined));
}

const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

// Amazon's own sample skills have values without synonyms, although spec.json requires one.
const valueObject = spec.definitions['v1.skill.interactionModel.TypeValueObject'];
delete valueObject.properties.synonyms.minItems;
valueObject.required = ['value'];

// This status of a part is not in spec.json. Users of ask-cli have seen it.
spec.definitions['v1.skill.ResponseStatus'].enum.push('ROLLBACK_IN_PROGRESS');

// closeDefinitions returns the definitions as closed schemas. A reference to a base accepts the base or one of its subtypes.
function closeDefinitions() {
  const definitions = {};
  for (const [name, definition] of Object.entries(spec.definitions)) {
    const subtypes = Object.keys(spec.definitions).filter((other) => parentsOf(spec.definitions[other]).includes(name));
    const schema = closed(definition);
    const value = definition['x-discriminator-value'];
    const discriminator = parentsOf(definition).map((parent) => spec.definitions[parent].discriminator).find(Boolean);
    if (value && discriminator) {
      schema.properties[discriminator] = { const: value };
      schema.required = [...new Set([...(schema.required ?? []), discriminator])];
    }
    definitions[own(name)] = schema;
    const abstract = definition.discriminator && subtypes.length > 0;
    const names = [...(abstract ? [] : [own(name)]), ...subtypes];
    const references = names.map((each) => ({ $ref: `#/definitions/${encodeURIComponent(each)}` }));
    definitions[name] = references.length === 1 ? references[0] : { anyOf: references };
  }
  return definitions;
}

const ajv = new Ajv({ allErrors: true, strict: false, formats: {
  'date-time': (text) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d\d-\d\dT/.test(text),
  uri: (text) => URL.canParse(text),
} , validateFormats: true, logger: false });
ajv.addSchema({ $id: 'smapi', definitions: closeDefinitions() });

const compiled = new Map();

// validate returns what is wrong with a value.
function validate(schema, value) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/definitions/', '"smapi#/definitions/');
    compiled.set(key, ajv.compile(JSON.parse(text)));
  }
  const check = compiled.get(key);
  return check(value) ? [] : check.errors.map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
}

// operations are the paths of spec.json as regular expressions. Paths without parameters come first.
const operations = Object.entries(spec.paths).sort(([a], [b]) => a.split('{').length - b.split('{').length).map(([path, methods]) => ({
  path, methods, expression: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`),
}));

// find returns the operation of an exchange, with its path and its parameters.
function find({ method, url }) {
  const { pathname } = new URL(url, 'http://smapi');
  for (const { path, methods, expression } of operations) {
    const operation = methods[method.toLowerCase()];
    if (operation && expression.test(pathname)) {
      const parameters = [...(methods.parameters ?? []), ...(operation.parameters ?? [])];
      return { name: `${method} ${path}`, operation, parameters, values: expression.exec(pathname).slice(1), names: path.match(/\{[^}]+\}/g) ?? [] };
    }
  }
  return undefined;
}

// Amazon's answers have null where a value is missing. Requests have no null.
const withoutNull = (value) => (Array.isArray(value) ? value.map(withoutNull)
  : value && typeof value === 'object' ? mapValues(Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null)), withoutNull)
    : value);

// parse returns the JSON of a body, or a finding.
function parse(body, findings, what) {
  try {
    return JSON.parse(body);
  } catch {
    findings.push(`${what} is not JSON: ${body.slice(0, 80)}`);
    return undefined;
  }
}

// judge returns all faults of an exchange.
function judge(exchange) {
  const found = find(exchange);
  if (!found) {
    return [`spec.json does not have ${exchange.method} ${exchange.url}`];
  }
  return [...judgeRequest(exchange, found), ...judgeAnswer(exchange, found)];
}

function judgeRequest({ url, status, requestHeaders, requestBody }, { parameters, values, names }) {
  const findings = [];
  const query = new URL(url, 'http://smapi').searchParams;
  const known = (place) => parameters.filter((parameter) => parameter.in === place);
  const simple = ({ name, type, ...schema }, text) => validate({ type, ...schema, required: undefined, name: undefined, in: undefined },
    type === 'integer' || type === 'number' ? Number(text) : text).map((fault) => `${name}: ${fault}`);
  names.forEach((name, index) => {
    const parameter = known('path').find((each) => `{${each.name}}` === name);
    findings.push(...(parameter ? simple(parameter, decodeURIComponent(values[index])) : [`no path parameter ${name}`]));
  });
  for (const [name, text] of query) {
    const parameter = known('query').find((each) => each.name === name);
    findings.push(...(parameter?.type === 'array' ? [] : parameter ? simple(parameter, text) : [`unknown query parameter ${name}`]));
  }
  findings.push(...known('query').filter(({ name, required }) => required && !query.has(name)).map(({ name }) => `no query parameter ${name}`));
  if (!requestHeaders.Authorization) {
    findings.push('no Authorization');
  }
  if (status >= 400) { // a body that the fake refuses may be wrong
    return findings;
  }
  const [expected] = known('body');
  if (!expected) {
    return requestBody ? [...findings, `a body that spec.json does not have: ${requestBody.slice(0, 80)}`] : findings;
  }
  if (!requestBody) {
    return expected.required ? [...findings, 'no body'] : findings;
  }
  if (!/^application\/json\b/.test(requestHeaders['Content-Type'] ?? '')) {
    findings.push(`the body's Content-Type is ${requestHeaders['Content-Type']}`);
  }
  const body = parse(requestBody, findings, 'the request');
  return body === undefined ? findings : [...findings, ...validate(expected.schema, body).map((fault) => `request: ${fault}`)];
}

function judgeAnswer({ method, status, headers, body }, { operation }) {
  const expected = operation.responses[status];
  if (!expected) {
    return [`spec.json does not have the status ${status}`];
  }
  const findings = [];
  for (const name of Object.keys(expected.headers ?? {})) {
    // An answer without a body has no type.
    if (!headers[name.replaceAll(/(^|-)./g, (part) => part.toUpperCase()).replace('ETag', 'Etag').replace('WWW', 'Www')] && (body || name !== 'Content-Type')) {
      findings.push(`no header ${name}`);
    }
  }
  if (!expected.schema || method === 'HEAD') {
    return body ? [...findings, `a body that spec.json does not have: ${body.slice(0, 80)}`] : findings;
  }
  const value = parse(body, findings, 'the answer');
  return value === undefined ? findings : [...findings, ...validate(expected.schema, withoutNull(value)).map((fault) => `answer: ${fault}`)];
}

test('each recorded request and answer is as spec.json says', () => {
  const faults = new Map();
  for (const exchange of exchanges) {
    for (const fault of judge(exchange)) {
      const key = `${exchange.client}: ${exchange.method} ${exchange.url.replace(/\?.*/, '')} ${exchange.status}: ${fault}`;
      faults.set(key, (faults.get(key) ?? 0) + 1);
    }
  }
  assert.deepEqual([...faults.keys()], []);
});

test('each client used the operations that it should', () => {
  for (const [client, names] of Object.entries(wanted)) {
    const used = new Set(exchanges.filter((exchange) => exchange.client === client && exchange.status < 300).map((exchange) => find(exchange)?.name));
    assert.deepEqual(names.filter((name) => !used.has(name)), [], `${client} used ${[...used].join(', ')}`);
    console.log(`${client}: ${used.size} operations, ${exchanges.filter((exchange) => exchange.client === client).length} exchanges`);
  }
});

// requireRefused changes a copy of a recorded exchange and requires that the judge refuses it.
function requireRefused(fault, name, status, change) {
  const exchange = exchanges.find((each) => find(each)?.name === name && each.status === status);
  assert.ok(exchange, `no exchange ${name} with status ${status}`);
  const copy = structuredClone(exchange);
  change(copy);
  assert.notDeepEqual(copy, exchange, `the change had no effect: ${fault}`);
  assert.notDeepEqual(judge(copy), [], `the judge accepts ${fault}`);
}

// inJSON returns a change of a JSON body.
const inJSON = (key, change) => (exchange) => {
  const value = JSON.parse(exchange[key]);
  change(value);
  exchange[key] = JSON.stringify(value);
};
const inRequest = (change) => inJSON('requestBody', change);
const inAnswer = (change) => inJSON('body', change);

test('the judge refuses broken exchanges', () => {
  if (!process.env.SMAPI_BROKEN) {
    return; // the recording does not have all exchanges that are broken here
  }
  const create = 'POST /v1/skills/imports';
  requireRefused('a creation without an address', create, 202, inRequest((body) => { delete body.location; }));
  requireRefused('a creation with an address that is not one', create, 202, inRequest((body) => { body.location = 'package.zip'; }));
  requireRefused('a creation with an empty vendor', create, 202, inRequest((body) => { body.vendorId = ''; }));
  requireRefused('a creation with an unknown key', create, 202, inRequest((body) => { body.skillId = 'x'; }));
  requireRefused('a creation without Location', create, 202, (exchange) => { delete exchange.headers.Location; });
  requireRefused('an accepted creation with a body', create, 202, (exchange) => { exchange.body = '{}'; });
  requireRefused('a creation as a form', create, 202, (exchange) => { exchange.requestHeaders['Content-Type'] = 'application/x-www-form-urlencoded'; });
  requireRefused('a request without a token', create, 202, (exchange) => { delete exchange.requestHeaders.Authorization; });
  requireRefused('a status that spec.json does not have', create, 202, (exchange) => { exchange.status = 200; });
  requireRefused('another method', create, 202, (exchange) => { exchange.method = 'PUT'; });
  requireRefused('an unknown path', create, 202, (exchange) => { exchange.url = '/v1/skill/imports'; });
  requireRefused('an update with a vendor', 'POST /v1/skills/{skillId}/imports', 202, inRequest((body) => { body.vendorId = 'x'; }));
  const upload = 'POST /v1/skills/uploads';
  requireRefused('an upload URL as a number', upload, 201, inAnswer((body) => { body.uploadUrl = 5; }));
  requireRefused('an expiry that is not a time', upload, 201, inAnswer((body) => { body.expiresAt = 'soon'; }));
  requireRefused('an HTML page', upload, 201, (exchange) => { exchange.body = '<html>'; });
  const poll = 'GET /v1/skills/imports/{importId}';
  requireRefused('an unknown status of an import', poll, 200, inAnswer((body) => { body.status = 'DONE'; }));
  requireRefused('an unknown key in the answer', poll, 200, inAnswer((body) => { body.skillId = 'x'; }));
  requireRefused('an unknown query parameter', poll, 200, (exchange) => { exchange.url += '?verbose=1'; });
  requireRefused('roles that are not a list', 'GET /v1/vendors', 200, inAnswer((body) => { body.vendors[0].roles = 'ROLE_DEVELOPER'; }));
  requireRefused('a list of skills without a vendor', 'GET /v1/skills', 200, (exchange) => { exchange.url = '/v1/skills'; });
  const manifest = 'GET /v1/skills/{skillId}/stages/{stageV2}/manifest';
  requireRefused('a manifest without ETag', manifest, 200, (exchange) => { delete exchange.headers.Etag; });
  requireRefused('an unknown interface', manifest, 200, inAnswer((body) => { body.manifest.apis.custom.interfaces[0].type = 'AUDIOPLAYER'; }));
  requireRefused('a misspelled key of the manifest', manifest, 200, inAnswer((body) => { body.manifest.apis.custom.endpoints = {}; }));
});
