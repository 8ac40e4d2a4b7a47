'use strict';

const assert = require('node:assert/strict');

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1'; // virtual-alexa loads a library that prints a warning about its age
const { VirtualAlexa } = require('virtual-alexa');

const { SKILL_URL, SKILL_ID, SKILL_MODEL } = process.env;

// A Listener is a simulated user with a device. It sends utterances and checks the responses.
class Listener {
  constructor(user) {
    this.alexa = VirtualAlexa.Builder().interactionModelFile(SKILL_MODEL).skillURL(SKILL_URL).applicationID(SKILL_ID).locale('en-US').create();
    this.device = this.alexa.context().device();
    this.device.setID('amzn1.ask.device.VIRTUAL');
    if (user) this.alexa.context().user().setID(user);
    this.player = this.alexa.audioPlayer();
    // The player also sends requests. The last other request shows how the client understood the utterance.
    this.alexa.filter(({ request }) => {
      const date = request.intent && request.intent.slots && request.intent.slots.Date;
      if (date && date.value === 'last Monday') date.value = lastMonday();
      if (!request.type.startsWith('AudioPlayer.')) this.sentAs = request.intent ? request.intent.name : request.type;
    });
  }

  // expectOpen sends an utterance (text) or slots (object). It requires that the client maps it to the intent, that the
  // response has the texts (or matches of patterns) in this order, and that the session stays open with a reprompt.
  async expectOpen(input, intent, ...texts) {
    const response = await this.#send(input, intent, texts);
    assert.equal(response.response.shouldEndSession, false, `the session ended after ${JSON.stringify(input)}`);
    assert.ok(response.reprompt(), `no reprompt after ${JSON.stringify(input)}`);
    return response;
  }

  // expectEnd does the same, but requires that the session ends.
  async expectEnd(input, intent, ...texts) {
    const response = await this.#send(input, intent, texts);
    assert.equal(response.response.shouldEndSession, true, `the session did not end after ${JSON.stringify(input)}`);
    return response;
  }

  async #send(input, intent, texts) {
    const response = await (typeof input === 'string' ? this.alexa.utter(input.replace(/^Alexa, /, '').replace(/^ask half elf for /i, 'ask half elf to ')) : this.alexa.intend(intent, input));
    assert.equal(this.sentAs, intent, `${JSON.stringify(input)} maps to a wrong intent`);
    let rest = plainText(response);
    for (const text of texts) {
      const [found] = text instanceof RegExp ? rest.match(text) || [''] : [text];
      assert.ok(found && rest.includes(found),
        `"${text}" is missing or out of order in the response to ${JSON.stringify(input)}: ${plainText(response)}`);
      rest = rest.slice(rest.indexOf(found) + found.length);
    }
    return response;
  }
}

// lastMonday returns what Alexa sends for "last Monday": the Monday of the past seven days.
function lastMonday() {
  const day = new Date();
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7 || 7));
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((number) => String(number).padStart(2, '0')).join('-');
}

// plainText returns the spoken text of a response without tags.
function plainText(response) {
  const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return (response.prompt() || '').replace(/<[^>]*>/g, ' ').replace(/&(\w+);/g, (_, name) => entities[name]).replace(/\s+/g, ' ').trim();
}

module.exports = { Listener, plainText };
