'use strict';

// Tests conversations with the running service. virtual-alexa maps each utterance to an intent of the interaction model, and
// keeps the state of session and player as a device does. It differs from Alexa:
//
//   - It removes punctuation from utterances, which breaks dates, and passes other dates on as words. The tests pass dates as
//     slots, { Date: … }. Only "last Monday" may be said: see listener.js.
//   - It knows "ask half elf to", but not "ask half elf for".
//   - It passes numbers on as words, where Alexa gives digits. The tests say "number 2".
//   - "tell", "ask", "open" and "launch" anywhere in an utterance open the skill.
//   - It does not recognise unsuitable slot values. If the slots of several samples accept any words, it takes one of them.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const test = require('node:test');

const { Listener, plainText } = require('./listener.js');
const { Utterance } = require('virtual-core');

const { readModel } = require('./sentences.js');

const newest = 'Dates lean to the future.';
const second = 'Salt & Pepper: season your feeds.';
const third = 'Is 1 < 2? A proof.';
const episode = 'https://blog.example/episodes/summer.mp3';

test('each sample utterance maps to its intent', () => {
  const model = readModel();
  const intents = JSON.parse(readFileSync(process.env.SKILL_MODEL)).interactionModel.languageModel.intents;
  const slotValues = { Date: 'last week', Number: 'two', Query: 'backups', Category: 'Travel', Duration: 'thirty seconds' };
  const supported = (sample) => !/^{Date}'s|-/.test(sample); // the client needs a space beside a slot, and removes hyphens
  let count = 0;
  for (const { name, samples } of intents) {
    for (const sample of samples.filter(supported)) {
      const utterance = sample.replace(/\{(\w+)\}/g, (_, slot) => slotValues[slot]);
      assert.equal(new Utterance(model, utterance).intent(), name, utterance);
      count++;
    }
  }
  assert.ok(count > 1000, `only ${count} samples`);
});

test('the opened skill announces the latest post and reads it to the end', async () => {
  const listener = new Listener();
  await listener.expectOpen('open half elf', 'LaunchRequest', 'Welcome to Half Elf.', newest);
  await listener.expectOpen('yes', 'AMAZON.YesIntent', newest, 'Ask Alexa in November for the post of March third', 'A decade stays where it is');
  await listener.expectOpen('yes please', 'AMAZON.YesIntent', 'Why not ask back?', 'But that is another post.', second);
  await listener.expectOpen('no', 'AMAZON.NoIntent');
  await listener.expectEnd('no thanks', 'AMAZON.NoIntent');
});

test('the example of the README is understood', async () => {
  await new Listener().expectOpen('Alexa, ask Half Elf for the post of last Monday', 'LastPostIntent', newest);
});

test('a one-shot request reads one post after another, to the oldest', async () => {
  const listener = new Listener();
  await listener.expectOpen('ask half elf to read me the last post', 'ReadPostIntent', newest, 'Everything in it has happened.');
  await listener.expectOpen('sure', 'AMAZON.YesIntent', 'Why not ask back?', second);
  await listener.expectOpen('yes', 'AMAZON.YesIntent', second, 'Give each post an id that never changes', 'The rest is salt & pepper.', third);
  await listener.expectOpen('yes', 'AMAZON.YesIntent', third, 'Here is the whole proof:', "I'll skip two lines of code here.", 'Who goes there?');
  for (const title of ['“Who goes there?” asked the guard', 'Certificates, and other love letters.', 'What the year brought.',
    'A quiet Christmas.', 'Ten posts are not an archive.', 'Summer, self-hosted.']) {
    await listener.expectOpen('go on', 'AMAZON.YesIntent', title);
  }
  await listener.expectOpen('yes', 'AMAZON.YesIntent', 'Hello again, world.', 'If you hear this, it works.', 'the oldest post I have');
});

test('a listener repeats, restarts, skips and stops a post', async () => {
  const listener = new Listener();
  await listener.expectOpen('read me the last post', 'ReadPostIntent', newest, 'Ask Alexa in November');
  const textOf = (response) => plainText(response).split('that is another post.')[0]; // the wording after it varies
  const first = await listener.expectOpen('yes', 'AMAZON.YesIntent', 'Why not ask back?');
  const repeated = await listener.expectOpen('say that again', 'AMAZON.RepeatIntent', 'Why not ask back?');
  assert.equal(textOf(repeated), textOf(first));
  await listener.expectOpen('start over', 'AMAZON.StartOverIntent', newest, 'Ask Alexa in November');
  await listener.expectOpen('next', 'AMAZON.NextIntent', second);
  await listener.expectOpen('previous', 'AMAZON.PreviousIntent', newest);
  await listener.expectOpen('skip', 'AMAZON.NextIntent', second);
  await listener.expectOpen('read it', 'ReadPostIntent', second, 'A feed is a small thing');
  await listener.expectEnd('stop', 'AMAZON.StopIntent');
});

test('a listener pages through a list and chooses by number', async () => {
  const listener = new Listener();
  await listener.expectOpen('list the newest posts', 'ListPostsIntent', `Number one: ${newest}`, `Number two: ${second}`, `Number three: ${third}`);
  await listener.expectOpen('next', 'AMAZON.NextIntent', 'Number four: “Who goes there?” asked the guard', 'Number five: Certificates', 'Number six: What the year brought.');
  await listener.expectOpen('yes', 'AMAZON.YesIntent', 'Number seven: A quiet Christmas.', 'Number nine: Summer, self-hosted.');
  await listener.expectOpen('next page', 'AMAZON.NextIntent', 'Number ten: Hello again, world.');
  await listener.expectOpen('more', 'AMAZON.ResumeIntent', 'the end of the list');
  await listener.expectOpen('go back', 'AMAZON.PreviousIntent', 'Number seven: A quiet Christmas.');
  await listener.expectOpen('number 11', 'SelectPostIntent', "There isn't a number eleven");
  await listener.expectOpen('number 2', 'SelectPostIntent', second, 'A feed is a small thing');
  await listener.expectOpen('next', 'AMAZON.NextIntent', third);
});

test('a listener finds posts by words and by category', async () => {
  const listener = new Listener();
  await listener.expectOpen('search for certificate', 'SearchPostsIntent', 'I found two posts about certificate.', 'Number one: “Who goes there?”', 'Number two: Certificates');
  await listener.expectOpen('the one called love letters', 'SearchPostsIntent', 'Certificates, and other love letters.', 'People have married on less.');
  await listener.expectOpen('find posts about salt', 'SearchPostsIntent', 'I found one post about salt.', second);
  await listener.expectOpen('search for xylophones', 'SearchPostsIntent', 'find anything about xylophones.');
  await listener.expectOpen('security posts', 'CategoryPostsIntent', 'Here are the newest posts in Security.', 'Number one: “Who goes there?”', 'Number two: Certificates');
  await listener.expectOpen("what's the latest in proofs", 'CategoryPostsIntent', 'one post in Proofs', third);
  await listener.expectOpen({ Category: 'gardening' }, 'CategoryPostsIntent', 'a category called gardening', 'Security');
});

test('a returning listener hears the new posts', async () => {
  const visitor = new Listener(process.env.SKILL_VISITOR);
  await visitor.expectOpen("what's new", 'WhatsNewIntent', 'two new posts since your last visit', `Number one: ${newest}`, `Number two: ${second}`);
  await visitor.expectOpen('number 1', 'SelectPostIntent', newest, 'Ask Alexa in November');
  await visitor.expectEnd('goodbye', 'AMAZON.StopIntent');
  await visitor.expectOpen('did I miss anything', 'WhatsNewIntent', 'nothing new since your last visit', newest);
  await new Listener().expectOpen("what's new", 'WhatsNewIntent', 'This looks like your first visit', newest);
});

test('dates and periods', async () => {
  const listener = new Listener();
  await listener.expectOpen({ Date: '2025-12-25' }, 'LastPostIntent', 'one post', 'A quiet Christmas.');
  await listener.expectOpen({ Date: '2025-12' }, 'LastPostIntent', 'In December 2025 there were two posts.', 'What the year brought.');
  await listener.expectOpen({ Date: '2025-W41' }, 'LastPostIntent', 'one post', 'Ten posts are not an archive.');
  await listener.expectOpen({ Date: '2025-11' }, 'LastPostIntent', 'in November 2025.', 'Ten posts are not an archive.');
  await listener.expectOpen({ Date: '2024' }, 'LastPostIntent', 'in 2024.', "I don't have anything from before that.");
  await listener.expectOpen({ Date: '2025-12-25' }, 'ReadPostIntent', 'A quiet Christmas.', 'Nobody deployed anything.');
  await listener.expectOpen({ Date: '2025' }, 'ListPostsIntent', 'Last year there were five posts.', 'Number one: What the year brought.', 'Number three: Ten posts');
  await listener.expectOpen({ Date: '2025-11' }, 'PlayEpisodeIntent', "There weren't any episodes in November 2025.", 'Summer, self-hosted.');
  await listener.expectOpen({ Date: '?' }, 'LastPostIntent', /catch (which day you meant|the date)\./, newest);
  const summer = await listener.expectEnd({ Date: '2025-SU' }, 'PlayEpisodeIntent', "Here's Summer, self-hosted");
  assert.equal(streamOf(summer).url, episode);
});

test('an episode plays, pauses and resumes at its position', async () => {
  const listener = new Listener();
  const started = await listener.expectEnd('play the latest episode', 'PlayLatestIntent', "Here's Summer, self-hosted");
  assert.deepEqual(streamOf(started), { url: episode, token: 'https://blog.example/?p=104', offsetInMilliseconds: 0 });
  assert.ok(listener.player.isPlaying());
  listener.player.playbackOffset(61_000);
  const paused = await listener.expectEnd('pause', 'AMAZON.PauseIntent');
  assert.ok(paused.directive('AudioPlayer.Stop') && !listener.player.isPlaying());
  const resumed = await listener.expectEnd('keep going', 'AMAZON.ResumeIntent');
  assert.equal(streamOf(resumed).offsetInMilliseconds, 61_000);
  assert.ok(listener.player.isPlaying());
  const restarted = await listener.expectEnd('start over', 'AMAZON.StartOverIntent');
  assert.equal(streamOf(restarted).offsetInMilliseconds, 0);
  await listener.expectEnd('next episode', 'AMAZON.NextIntent', 'the oldest episode'); // the episode continues
  const stopped = await listener.expectEnd('stop', 'AMAZON.StopIntent');
  assert.ok(stopped.directive('AudioPlayer.Stop') && !listener.player.isPlaying());
});

test('an episode from a list plays to its end', async () => {
  const listener = new Listener();
  await listener.expectOpen({ Date: '2025-07' }, 'ListPostsIntent', 'one post', 'Summer, self-hosted.');
  await listener.expectEnd('play it', 'PlayEpisodeIntent', "Here's Summer, self-hosted");
  for (const response of [await listener.player.playbackNearlyFinished(), await listener.player.playbackFinished()]) {
    assert.deepEqual(response.response, {}, 'the response to the player is not empty');
  }
  const resumed = await listener.expectEnd('resume', 'AMAZON.ResumeIntent');
  assert.equal(streamOf(resumed).offsetInMilliseconds, 0, 'a finished episode does not start again');
});

test('the skill reads the post on a device without audio', async () => {
  const listener = new Listener();
  listener.device.audioPlayerSupported(false);
  const response = await listener.expectOpen('play the latest episode', 'PlayLatestIntent', "This device can't play episodes.");
  assert.equal(response.response.directives, undefined);
  await listener.expectOpen('yes', 'AMAZON.YesIntent', 'Summer, self-hosted.', 'An hour about running things at home');
});

test('help and unknown utterances', async () => {
  const listener = new Listener();
  await listener.expectOpen('open half elf', 'LaunchRequest', newest);
  await listener.expectOpen('help', 'AMAZON.HelpIntent', 'Say “read it”, and I\'ll read you this post.');
  await listener.expectOpen({}, 'AMAZON.FallbackIntent', /say|get that|can't/i);
  await listener.expectOpen('xylophone', 'LastPostIntent', /catch (which day you meant|the date)\./, newest); // it matches the sample "{Date}"
  await listener.expectOpen('yes', 'AMAZON.YesIntent', newest, 'Ask Alexa in November');
  await listener.expectEnd('never mind', 'AMAZON.CancelIntent');
});

test('a session ends after "exit" and "go home"', async () => {
  const listener = new Listener();
  await listener.expectOpen('open half elf', 'LaunchRequest', newest);
  const ended = await listener.alexa.utter('exit');
  assert.deepEqual(ended.response, {}, 'the response after the end of the session is not empty');
  await listener.expectOpen('repeat', 'AMAZON.RepeatIntent', newest);
  await listener.expectEnd('go home', 'AMAZON.NavigateHomeIntent');
});

// streamOf returns the stream that a response gives to the player.
function streamOf(response) {
  return response.directive('AudioPlayer.Play').audioItem.stream;
}
