'use strict';

// Tests the queue of new episodes. The blog has published three episodes since the visitor's last visit. virtual-alexa keeps the
// queue of streams as a device does.

const assert = require('node:assert/strict');
const test = require('node:test');

const { Listener } = require('./listener.js');

const visitor = process.env.SKILL_VISITOR;

// endStream plays the current stream to its end, as a device does: it asks for the next stream, and begins to play it.
async function endStream(player) {
  const next = await player.playbackNearlyFinished();
  await player.playbackFinished();
  return next.directive('AudioPlayer.Play');
}

// playingURL returns the URL of the stream in the player.
const playingURL = (listener) => listener.player.playing().stream.url;

test('all new episodes play in order, and the rest on another device', async () => {
  const kitchen = new Listener(visitor);
  const started = await kitchen.expectEnd('play all new episodes', 'PlayNewIntent', 'Episode 1');
  assert.equal(started.directive('AudioPlayer.Play').playBehavior, 'REPLACE_ALL');
  assert.equal(playingURL(kitchen), 'https://blog.example/new/1.mp3');
  const next = await endStream(kitchen.player);
  assert.equal(next.playBehavior, 'ENQUEUE');
  assert.equal(next.audioItem.stream.expectedPreviousToken, started.directive('AudioPlayer.Play').audioItem.stream.token);
  assert.equal(playingURL(kitchen), 'https://blog.example/new/2.mp3');

  kitchen.player.playbackOffset(600_000);
  const back = await kitchen.expectEnd({ Duration: 'PT30S' }, 'SkipBackIntent');
  assert.equal(back.directive('AudioPlayer.Play').audioItem.stream.offsetInMilliseconds, 570_000);
  kitchen.player.playbackOffset(600_000);
  await kitchen.expectEnd('pause', 'AMAZON.PauseIntent');

  const bedroom = new Listener(visitor);
  const resumed = await bedroom.expectEnd('resume', 'AMAZON.ResumeIntent', 'Episode 2');
  assert.equal(resumed.directive('AudioPlayer.Play').audioItem.stream.offsetInMilliseconds, 600_000);
  await endStream(bedroom.player);
  assert.equal(playingURL(bedroom), 'https://blog.example/new/3.mp3');
  assert.equal(await endStream(bedroom.player), undefined, 'nothing follows the newest episode');
  await bedroom.expectOpen('play all new episodes', 'PlayNewIntent', 'new episodes since your last visit');
});
