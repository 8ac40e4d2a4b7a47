'use strict';

const assert = require('node:assert/strict');

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1'; // virtual-alexa loads a library that complains of its own age
const { VirtualAlexa } = require('virtual-alexa');

const { SKILL_URL, SKILL_ID, SKILL_MODEL } = process.env;

// A Listener is somebody with a device of their own, who says things and hears what comes back.
class Listener {
  constructor(user) {
    this.alexa = VirtualAlexa.Builder().interactionModelFile(SKILL_MODEL).skillURL(SKILL_URL).applicationID(SKILL_ID).locale('en-US').create();
    this.device = this.alexa.context().device();
    this.device.setID('amzn1.ask.device.VIRTUAL');
    if (user) this.alexa.context().user().setID(user);
    this.player = this.alexa.audioPlayer();
    // The player makes requests of its own around what is said: the last one but those is what the words were made into.
    this.alexa.filter(({ request }) => {
      if (!request.type.startsWith('AudioPlayer.')) this.understood = request.intent ? request.intent.name : request.type;
    });
  }

  // goesOn expects that words are understood as an intent, that the answer has the texts in this order, and that Alexa
  // listens on, with something to say into a silence.
  async goesOn(said, intent, ...texts) {
    const answer = await this.#turn(said, intent, texts);
    assert.equal(answer.response.shouldEndSession, false, `Alexa listens on after "${said}"`);
    assert.ok(answer.reprompt(), `Alexa can ask again after "${said}"`);
    return answer;
  }

  // ends expects the same, and that the session is over.
  async ends(said, intent, ...texts) {
    const answer = await this.#turn(said, intent, texts);
    assert.equal(answer.response.shouldEndSession, true, `the session is over after "${said}"`);
    return answer;
  }

  async #turn(said, intent, texts) {
    const answer = await (typeof said === 'string' ? this.alexa.utter(said) : this.alexa.intend(intent, said));
    assert.equal(this.understood, intent, `"${said}" is understood`);
    let rest = heard(answer);
    for (const text of texts) {
      assert.ok(rest.includes(text), `"${text}" is not in what is heard after ${JSON.stringify(said)}, or not in its place: ${heard(answer)}`);
      rest = rest.slice(rest.indexOf(text) + text.length);
    }
    return answer;
  }
}

// heard is what an answer sounds like: its words without the tags.
function heard(answer) {
  const plain = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return (answer.prompt() || '').replace(/<[^>]*>/g, ' ').replace(/&(\w+);/g, (_, name) => plain[name]).replace(/\s+/g, ' ').trim();
}

module.exports = { Listener, heard };
