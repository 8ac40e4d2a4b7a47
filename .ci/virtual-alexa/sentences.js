'use strict';

// Tests the sentences of internal/utterance/testdata/sentences.txt with the interaction model. Alexa understands a sentence
// that resembles a sample. virtual-alexa needs the exact words of a sample, and takes any words as a date. So the test gives
// the slots lists of values (see VALUES), and leaves out:
//
//   - launch: the client has no words for it.
//   - Sentences that match no sample word by word: with polite words or fillers, without an article, with a date or number that
//     is not in VALUES. internal/utterance requires that they are recognized.
//   - What the client understands as another intent for a reason of its own: see DIFFERENT.
//
// A date, number or duration stays in words, so the test compares only the values of queries and categories.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const test = require('node:test');

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1'; // virtual-alexa loads a library that prints a warning about its age
const { VirtualAlexa } = require('virtual-alexa');
const { Utterance } = require('virtual-core');
const { SamplePhrase } = require('virtual-core/lib/src/SampleUtterances');

const FILE = path.join(__dirname, '../../internal/utterance/testdata/sentences.txt');

// VALUES are the words that the client accepts in slots of Amazon's types.
const VALUES = {
  'AMAZON.DATE': ['today', 'yesterday', 'the day before yesterday', 'two days ago', 'last Monday', 'March', 'February', 'the third of March', 'Christmas',
    'last Christmas', 'last week', 'this week', 'two weeks ago', 'last weekend', 'this month', 'last month', 'last summer', 'last year', 'twenty twenty five',
    'the nineties'],
  'AMAZON.NUMBER': ['one', 'two', 'three', 'ten', 'twelve', 'twenty one', 'first', 'second', 'third', 'twelfth', 'twenty first'],
  'AMAZON.DURATION': ['fifteen seconds', 'thirty seconds', 'a minute', 'one minute', 'two minutes', 'five minutes', 'ten minutes', 'ten minute', 'half a minute'],
};

// DIFFERENT are sentences that the client maps to another intent, with the reason.
const DIFFERENT = {
  "I'm looking for a recipe": 'A query accepts any words. Alexa prefers a category that it knows.',
  'search for sourdough please': 'The client takes polite words as a part of the query.',
};

// readSentences returns the sentences with their intent and slot.
function readSentences() {
  const sentences = [];
  let target;
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    if (line.startsWith('    ')) sentences.push({ text: line.trim(), ...target });
    else if (line && !/^[#=]/.test(line)) {
      const [, intent, slot, value] = line.match(/^(\S+)(?: (\w+)=(.*))?$/);
      target = { intent, slot, value };
    }
  }
  return sentences;
}

// readCategories returns the categories that the head of the file names.
function readCategories() {
  const [, names] = readFileSync(FILE, 'utf8').replace(/\n# /g, ' ').match(/has the categories ([^.]*)\./);
  return names.split(/, | and /);
}

// readModel returns the client's interaction model, in which each slot has a list of values.
function readModel() {
  const file = JSON.parse(readFileSync(process.env.SKILL_MODEL));
  const { intents, types } = file.interactionModel.languageModel;
  const listOf = (words) => words.map((value) => ({ name: { value } }));
  types.find(({ name }) => name === 'BlogCategory').values = listOf(readCategories());
  for (const slot of intents.flatMap(({ slots }) => slots || []).filter(({ type }) => type in VALUES)) {
    const name = slot.type.replace('AMAZON.', 'KNOWN_');
    if (!types.some((type) => type.name === name)) types.push({ name, values: listOf(VALUES[slot.type]) });
    slot.type = name;
  }
  return VirtualAlexa.Builder().interactionModel(file).skillURL('https://skill.example.com').create().context().interactionModel();
}

// readings returns the words that Alexa compares with the samples: a sentence without its address. Alexa finds out whether a
// word such as "for" belongs to the address.
function readings(text) {
  const words = text.toLowerCase().replace(/^(hey )?alexa,? /, '').replace(/ (from|on) half elf$/, '');
  const [, rest] = words.match(/^(?:(?:ask|tell|open|use|have|get) half elf )?(.*)$/);
  return [rest, rest.replace(/^(to|for|if|whether|and|about) /, '')];
}

// understand returns what the client understands, or undefined.
function understand(model, text) {
  return readings(text).map((words) => new Utterance(model, words)).find((utterance) => utterance.matched());
}

// The client compiles the pattern of each sample for each sentence, which takes most of its time.
const patterns = new WeakMap();
const compile = SamplePhrase.prototype.regex;
SamplePhrase.prototype.regex = function regex() {
  if (!patterns.has(this)) patterns.set(this, compile.call(this));
  return patterns.get(this);
};

test('each sentence maps to its intent', (t) => {
  const model = readModel();
  const faults = [];
  const counts = { tested: 0, leftOut: 0 };
  for (const { text, intent, slot, value } of readSentences().filter((sentence) => sentence.intent !== 'launch')) {
    const utterance = understand(model, text);
    const [reached, slots] = utterance ? [utterance.intent(), utterance.toJSON()] : ['AMAZON.FallbackIntent', {}];
    if (!utterance && intent !== 'AMAZON.FallbackIntent') {
      counts.leftOut++;
      continue;
    }
    counts.tested++;
    const right = reached === intent && (!['Query', 'Category'].includes(slot) || slots[slot].toLowerCase() === value.toLowerCase());
    if (right === text in DIFFERENT) faults.push(`"${text}": ${reached} ${JSON.stringify(slots)}, not ${intent} ${value || ''}`);
  }
  t.diagnostic(`${counts.tested} sentences, ${counts.leftOut} left out`);
  assert.equal(faults.join('\n'), '');
  assert.ok(counts.tested > 1000, `only ${counts.tested} sentences`);
});

module.exports = { readModel };
