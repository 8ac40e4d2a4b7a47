'use strict';

// Conversations with the running service. virtual-alexa makes of each utterance what the interaction model says, and
// holds session and player as a device does. Some of its ways are its own:
//
//   - It strips punctuation from what is said, so that no date gets through: dates are given as { Date: … } instead.
//   - It hands numbers over as they were said, where Alexa gives digits: say "number 2".
//   - "tell", "ask", "open" and "launch" anywhere in an utterance open the skill.
//   - It has no idea of what does not fit: of several samples that a slot makes fit anything, one wins.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const test = require('node:test');

const { Listener, heard } = require('./listener.js');
const { Utterance } = require('virtual-core');

const newest = 'Dates lean to the future.';
const second = 'Salt & Pepper: season your feeds.';
const third = 'Is 1 < 2? A proof.';
const episode = 'https://blog.example/episodes/summer.mp3';

test('every sample utterance is understood as the intent that it teaches', () => {
  const model = new Listener().alexa.context().interactionModel();
  const taught = JSON.parse(readFileSync(process.env.SKILL_MODEL)).interactionModel.languageModel.intents;
  const said = { Date: 'last week', Number: '2', Query: 'backups', Category: 'Security' };
  // What the client cannot do: a slot needs a space beside it, and an empty number is one.
  const beyond = ["{Date}'s headlines", "{Date}'s episode", "{Date}'s show", 'read', 'read the post'];
  let count = 0;
  for (const { name, samples } of taught) {
    for (const sample of samples.filter((sample) => !beyond.includes(sample))) {
      const words = sample.replace(/\{(\w+)\}/g, (_, slot) => said[slot]);
      assert.equal(new Utterance(model, words).intent(), name, words);
      count++;
    }
  }
  assert.ok(count > 500, `${count} samples`);
});

test('opened, the skill gives the latest post, and reads it to the end', async () => {
  const listener = new Listener();
  await listener.goesOn('open half elf', 'LaunchRequest', 'Welcome to half elf.', newest);
  await listener.goesOn('yes', 'AMAZON.YesIntent', newest, 'Ask Alexa in November for the post of March third', 'A decade stays where it is');
  await listener.goesOn('yes please', 'AMAZON.YesIntent', 'Why not ask back?', 'But that is another post.', second);
  await listener.goesOn('no', 'AMAZON.NoIntent');
  await listener.ends('no thanks', 'AMAZON.NoIntent');
});

test('asked in one breath, it reads post after post, down to the oldest', async () => {
  const listener = new Listener();
  await listener.goesOn('ask half elf to read me the last post', 'ReadPostIntent', newest, 'Everything in it has happened.');
  await listener.goesOn('sure', 'AMAZON.YesIntent', 'Why not ask back?', second);
  await listener.goesOn('yes', 'AMAZON.YesIntent', second, 'Give each post an id that never changes', 'The rest is salt & pepper.', third);
  await listener.goesOn('yes', 'AMAZON.YesIntent', third, 'Here is the whole proof:', 'A code example of 2 lines is left out.', 'Who goes there?');
  for (const title of ['“Who goes there?” asked the guard', 'Certificates, and other love letters.', 'What the year brought.',
    'A quiet Christmas.', 'Ten posts are not an archive.', 'Summer, self-hosted.']) {
    await listener.goesOn('go on', 'AMAZON.YesIntent', title);
  }
  await listener.goesOn('yes', 'AMAZON.YesIntent', 'Hello again, world.', 'If you hear this, it works.', 'the oldest post that I have');
});

test('a reading is repeated, begun again, left for the next, and stopped', async () => {
  const listener = new Listener();
  await listener.goesOn('read me the last post', 'ReadPostIntent', newest, 'Ask Alexa in November');
  const text = (answer) => heard(answer).split('that is another post.')[0]; // behind it the wording varies
  const on = await listener.goesOn('yes', 'AMAZON.YesIntent', 'Why not ask back?');
  const again = await listener.goesOn('say that again', 'AMAZON.RepeatIntent', 'Why not ask back?');
  assert.equal(text(again), text(on));
  await listener.goesOn('start over', 'AMAZON.StartOverIntent', newest, 'Ask Alexa in November');
  await listener.goesOn('next', 'AMAZON.NextIntent', second);
  await listener.goesOn('previous', 'AMAZON.PreviousIntent', newest);
  await listener.goesOn('skip', 'AMAZON.NextIntent', second);
  await listener.goesOn('read it', 'ReadPostIntent', second, 'A feed is a small thing');
  await listener.ends('stop', 'AMAZON.StopIntent');
});

test('a list is paged through, and a number chooses', async () => {
  const listener = new Listener();
  await listener.goesOn('list the newest posts', 'ListPostsIntent', `1: ${newest}`, `2: ${second}`, `3: ${third}`);
  await listener.goesOn('next', 'AMAZON.NextIntent', '4: “Who goes there?” asked the guard', '5: Certificates', '6: What the year brought.');
  await listener.goesOn('yes', 'AMAZON.YesIntent', '7: A quiet Christmas.', '9: Summer, self-hosted.');
  await listener.goesOn('next page', 'AMAZON.NextIntent', '10: Hello again, world.');
  await listener.goesOn('more', 'AMAZON.ResumeIntent', 'the end of the list');
  await listener.goesOn('go back', 'AMAZON.PreviousIntent', '7: A quiet Christmas.');
  await listener.goesOn('number 11', 'SelectPostIntent', 'no number 11');
  await listener.goesOn('number 2', 'SelectPostIntent', second, 'A feed is a small thing');
  await listener.goesOn('next', 'AMAZON.NextIntent', third);
});

test('words and categories find posts', async () => {
  const listener = new Listener();
  await listener.goesOn('search for certificate', 'SearchPostsIntent', 'I found 2 posts about certificate.', '1: “Who goes there?”', '2: Certificates');
  await listener.goesOn('the one called love letters', 'SearchPostsIntent', 'Certificates, and other love letters.', 'People have married on less.');
  await listener.goesOn('find posts about salt', 'SearchPostsIntent', 'I found one post about salt.', second);
  await listener.goesOn('search for xylophones', 'SearchPostsIntent', 'I found nothing about xylophones.');
  await listener.goesOn('security posts', 'CategoryPostsIntent', 'The newest posts in Security are:', '1: “Who goes there?”', '2: Certificates');
  await listener.goesOn("what's the latest in proofs", 'CategoryPostsIntent', 'one post in Proofs', third);
  await listener.goesOn({ Category: 'gardening' }, 'CategoryPostsIntent', 'no category gardening', 'Security');
});

test('what is new is told to who was here before', async () => {
  const visitor = new Listener(process.env.SKILL_VISITOR);
  await visitor.goesOn("what's new", 'WhatsNewIntent', '2 new posts since your last visit', `1: ${newest}`, `2: ${second}`);
  await visitor.goesOn('number 1', 'SelectPostIntent', newest, 'Ask Alexa in November');
  await visitor.ends('goodbye', 'AMAZON.StopIntent');
  await visitor.goesOn('did I miss anything', 'WhatsNewIntent', 'nothing new since your last visit', newest);
  await new Listener().goesOn("what's new", 'WhatsNewIntent', 'I do not know of an earlier visit of yours.', newest);
});

test('dates and periods', async () => {
  const listener = new Listener();
  await listener.goesOn({ Date: '2025-12-25' }, 'LastPostIntent', 'one post', 'A quiet Christmas.');
  await listener.goesOn({ Date: '2025-12' }, 'LastPostIntent', 'There were 2 posts in December 2025.', 'What the year brought.');
  await listener.goesOn({ Date: '2025-W41' }, 'LastPostIntent', 'one post', 'Ten posts are not an archive.');
  await listener.goesOn({ Date: '2025-11' }, 'LastPostIntent', 'There was no post in November 2025.', 'Ten posts are not an archive.');
  await listener.goesOn({ Date: '2024' }, 'LastPostIntent', 'There was no post in 2024.', 'I do not know of any earlier one.');
  await listener.goesOn({ Date: '2025-12-25' }, 'ReadPostIntent', 'A quiet Christmas.', 'Nobody deployed anything.');
  await listener.goesOn({ Date: '2025' }, 'ListPostsIntent', 'There were 5 posts in 2025.', '1: What the year brought.', '3: Ten posts');
  await listener.goesOn({ Date: '2025-11' }, 'PlayEpisodeIntent', 'There was no episode in November 2025.', 'Summer, self-hosted.');
  await listener.goesOn({ Date: '?' }, 'LastPostIntent', 'I did not understand which day you mean.', newest);
  const summer = await listener.ends({ Date: '2025-SU' }, 'PlayEpisodeIntent', 'Here is Summer, self-hosted');
  assert.equal(stream(summer).url, episode);
});

test('an episode plays, pauses, and goes on where it was', async () => {
  const listener = new Listener();
  const begun = await listener.ends('play the latest episode', 'PlayEpisodeIntent', 'Here is Summer, self-hosted');
  assert.deepEqual(stream(begun), { url: episode, token: 'https://blog.example/?p=104', offsetInMilliseconds: 0 });
  assert.ok(listener.player.isPlaying());
  listener.player.playbackOffset(61_000);
  const paused = await listener.ends('pause', 'AMAZON.PauseIntent');
  assert.ok(paused.directive('AudioPlayer.Stop') && !listener.player.isPlaying());
  const resumed = await listener.ends('keep going', 'AMAZON.ResumeIntent');
  assert.equal(stream(resumed).offsetInMilliseconds, 61_000);
  assert.ok(listener.player.isPlaying());
  const again = await listener.ends('start over', 'AMAZON.StartOverIntent');
  assert.equal(stream(again).offsetInMilliseconds, 0);
  await listener.ends('next episode', 'AMAZON.NextIntent', 'the oldest episode'); // which goes on
  const stopped = await listener.ends('stop', 'AMAZON.StopIntent');
  assert.ok(stopped.directive('AudioPlayer.Stop') && !listener.player.isPlaying());
});

test('an episode is chosen from a list, and heard to its end', async () => {
  const listener = new Listener();
  await listener.goesOn({ Date: '2025-07' }, 'ListPostsIntent', 'one post', 'Summer, self-hosted.');
  await listener.ends('play it', 'PlayEpisodeIntent', 'Here is Summer, self-hosted');
  for (const answer of [await listener.player.playbackNearlyFinished(), await listener.player.playbackFinished()]) {
    assert.deepEqual(answer.response, {}, 'the player is told nothing');
  }
  const resumed = await listener.ends('resume', 'AMAZON.ResumeIntent');
  assert.equal(stream(resumed).offsetInMilliseconds, 0, 'what was heard to its end begins again');
});

test('a device that plays nothing is read to', async () => {
  const listener = new Listener();
  listener.device.audioPlayerSupported(false);
  const answer = await listener.goesOn('play the latest episode', 'PlayEpisodeIntent', 'This device cannot play episodes.');
  assert.equal(answer.response.directives, undefined);
  await listener.goesOn('yes', 'AMAZON.YesIntent', 'Summer, self-hosted.', 'An hour about running things at home');
});

test('help, and what is not understood', async () => {
  const listener = new Listener();
  await listener.goesOn('open half elf', 'LaunchRequest', newest);
  await listener.goesOn('help', 'AMAZON.HelpIntent', 'I know the posts of half elf.');
  await listener.goesOn({}, 'AMAZON.FallbackIntent', 'I can tell you about the posts of half elf.');
  await listener.goesOn('xylophone', 'LastPostIntent', 'I did not understand which day you mean.', newest); // by the sample "{Date}"
  await listener.goesOn('yes', 'AMAZON.YesIntent', newest, 'Ask Alexa in November');
  await listener.ends('never mind', 'AMAZON.CancelIntent');
});

test('a session that ends by itself, and those who go home', async () => {
  const listener = new Listener();
  await listener.goesOn('open half elf', 'LaunchRequest', newest);
  const gone = await listener.alexa.utter('exit');
  assert.deepEqual(gone.response, {}, 'nothing is said where nobody listens');
  await listener.goesOn('repeat', 'AMAZON.RepeatIntent', newest);
  await listener.ends('go home', 'AMAZON.NavigateHomeIntent');
});

// stream is what an answer gives to the player.
function stream(answer) {
  return answer.directive('AudioPlayer.Play').audioItem.stream;
}
