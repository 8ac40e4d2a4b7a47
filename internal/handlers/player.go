package handlers

import (
	"slices"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/phrases"
)

// supportsAudio reports whether the device can play audio.
func (t *turn) supportsAudio() bool { return t.envelope.Context.System.Device.Supports("AudioPlayer") }

// playerState returns the state of the device's player for this skill. It returns false if the device never played an
// episode of this skill.
func (t *turn) playerState() (player alexa.Playback, used bool) {
	player = t.envelope.Context.AudioPlayer
	return player, t.supportsAudio() && player.Token != ""
}

// isPlaying reports whether the device is certainly playing an episode. While the listener speaks, some devices report
// PAUSED. Most devices report STOPPED, which they also report after a real stop (Amazon: "AudioPlayer Interface
// Reference").
func (t *turn) isPlaying() bool {
	player, used := t.playerState()
	return used && slices.Contains([]string{"PLAYING", "PAUSED", "BUFFER_UNDERRUN"}, player.Activity)
}

// mayStillPlay reports whether an episode may continue to play after the answer.
func (t *turn) mayStillPlay() bool {
	player, used := t.playerState()
	return used && (t.isPlaying() || player.Activity == "STOPPED")
}

// isOneShot reports whether a request is outside a conversation, such as "Alexa, next" during an episode.
func (t *turn) isOneShot() bool { return t.envelope.Session == nil || t.envelope.Session.New }

// interruptsEpisode reports whether an unsupported request came during an episode. Alexa sends requests such as
// "shuffle on" to the last skill that played audio, even if its interaction model does not have these intents.
func (t *turn) interruptsEpisode() bool {
	_, used := t.playerState()
	switch t.envelope.Request.Intent.Name {
	case "AMAZON.LoopOnIntent", "AMAZON.LoopOffIntent", "AMAZON.ShuffleOnIntent", "AMAZON.ShuffleOffIntent":
		return used && t.isOneShot()
	}
	return t.isPlaying() && t.isOneShot()
}

// isAboutEpisode reports whether a request such as "next" is about the episode in the player, and not about posts.
func (t *turn) isAboutEpisode() bool {
	_, used := t.playerState()
	return used && t.state.Focus == focusNone && (t.isOneShot() || t.isPlaying())
}

// playerToken returns the token of the episode in the player. It returns false if the device never played one.
func (t *turn) playerToken() (token playback.PlayToken, used bool) {
	player, used := t.playerState()
	return playback.ParseToken(player.Token), used
}

// lastEpisode returns the post whose audio was played last, possibly in an earlier session. It returns false if the
// device played none, or if the archive has removed the post. Because it reads from disk, only requests that need the
// episode may call it.
func (t *turn) lastEpisode() (feed.Post, bool) {
	token, used := t.playerToken()
	if !used {
		return feed.Post{}, false
	}
	return t.playedPost(token)
}

// stopPlayer adds a directive that stops the player.
func (a answer) stopPlayer() answer {
	a.directives = []alexa.Directive{alexa.Stop{}}
	return a
}

// handlePause stops the player, even if the archive has removed the episode. While a post is being read, it ends the
// session, because Alexa cannot pause speech, and says how to go on.
func (t *turn) handlePause() answer {
	_, used := t.playerState()
	switch {
	case t.isReading():
		return t.say(phrases.Paused, phrases.Params{})
	case !used || !t.isOneShot() && !t.isPlaying():
		return t.handleStop()
	}
	return t.newAnswer().stopPlayer()
}

// handleStop ends the session and stops an episode that may be playing. In the answer to a one-shot request, a stopped
// episode replaces the goodbye.
func (t *turn) handleStop() answer {
	goodbye := t.sayGoodbye()
	switch {
	case !t.mayStillPlay():
		return goodbye
	case t.isOneShot():
		return t.newAnswer().stopPlayer()
	}
	return goodbye.stopPlayer()
}

// resumeInterrupted handles AMAZON.ResumeIntent. It goes on with the last episode, even of an earlier session or another
// device, or with the current post. Alexa also sends "go on" and "continue" as this intent. So the intent counts as a yes to
// the last prompt, unless a yes would restart a paused episode.
func (t *turn) resumeInterrupted() answer {
	post, ok := t.lastEpisode()
	paused := ok && t.state.Prompt == promptPlay && t.state.Post == refOf(post)
	if t.state.Focus != focusNone && !paused {
		return t.handleYes()
	}
	player, _ := t.playerState()
	if !ok || player.Activity == "FINISHED" {
		if a, stopped := t.resumeElsewhere(); stopped {
			return a
		}
	}
	if ok {
		return t.resumeEpisode(post)
	}
	return t.say(phrases.NothingToResume, phrases.Params{}).followedBy(t.announceLatest())
}

// resumeElsewhere goes on with the episode that the listener stopped on another device. It returns false if there is none.
func (t *turn) resumeElsewhere() (answer, bool) {
	start, ok := t.lastStop()
	if !ok {
		return answer{}, false
	}
	post, kept := t.playedPost(start.token)
	if !kept {
		return answer{}, false
	}
	return t.startEpisode(post, start), true
}

// resumeEpisode goes on with the episode in the player.
func (t *turn) resumeEpisode(p feed.Post) answer {
	token, _ := t.playerToken()
	return t.startEpisode(p, t.resumedStart(token))
}

// resumedStart returns how the episode in the player goes on. At its beginning, its title is said.
func (t *turn) resumedStart(k playback.PlayToken) episodeStart {
	start := episodeStart{token: k, offset: t.resumeOffset(k)}
	if start.offset == 0 {
		start.said = phrases.Playing
	}
	return start
}

// resumeOffset returns where the episode in the player was interrupted, on this device or later on another one. For an
// episode that ended, it returns 0, the beginning.
func (t *turn) resumeOffset(k playback.PlayToken) time.Duration {
	player, _ := t.playerState()
	if player.Activity == "FINISHED" {
		return 0
	}
	if last, ok := t.lastStop(); ok && last.token.PostID == k.PostID && !t.isPlaying() {
		return max(last.offset, player.Offset)
	}
	return player.Offset
}

// stopOf returns where the listener stopped an episode, or 0 if the listener did not, or only at its beginning.
func (t *turn) stopOf(p feed.Post) time.Duration {
	at := time.Duration(0)
	if k, used := t.playerToken(); used && k.PostID == p.ID {
		at = t.resumeOffset(k)
	}
	if last, ok := t.lastStop(); ok && last.token.PostID == p.ID && at == 0 {
		at = last.offset
	}
	if at < playback.ShortestStop {
		return 0
	}
	return at
}

// lastStop returns how the episode goes on that the listener stopped last, on any device. It returns false if there is none.
func (t *turn) lastStop() (start episodeStart, ok bool) {
	last, ok := t.stops().Last(t.listener())
	start = episodeStart{token: last.Token, offset: last.At, said: phrases.PlayingOn}
	if last.At < playback.ShortestStop {
		start.said = phrases.Playing
	}
	return start, ok
}

func (t *turn) stops() playback.Stops {
	return playback.Stops{Store: t.responder.Visits, Account: t.listener().Account}
}

// handleButton answers the buttons of a remote or a screen. It returns only player directives, because Alexa does not
// speak the answer to a button.
func (t *turn) handleButton(command string) []alexa.Directive {
	token, used := t.playerToken()
	if !used {
		return nil
	}
	if command == "PauseCommandIssued" {
		return []alexa.Directive{alexa.Stop{}}
	}
	offset := time.Duration(0)
	post, ok := t.playedPost(token)
	var to step
	switch command {
	case "PlayCommandIssued":
		offset = t.resumeOffset(token)
	case "NextCommandIssued":
		to, _ = t.nextEpisodes(token)
	case "PreviousCommandIssued":
		to, _ = t.previousEpisodes(token)
	default:
		return nil
	}
	if to != nil && (ok || token.Position != "") {
		post, ok = t.nearestPlayable(post, to)
	}
	if rendered := t.render(post); ok && rendered.IsPlayable() {
		return []alexa.Directive{t.playDirective(rendered, token, offset)}
	}
	return nil
}

// handlePlayerReport answers a report of the player. The response may contain only directives for the player.
func (t *turn) handlePlayerReport(event string) []alexa.Directive {
	request := t.envelope.Request
	switch event {
	case "PlaybackStarted", "PlaybackStopped":
		t.stops().Keep(request.Token, request.Offset)
	case "PlaybackFinished":
		t.stops().Forget(request.Token)
	case "PlaybackNearlyFinished":
		return t.enqueueNext(request.Token)
	case "PlaybackFailed":
		t.responder.logAmazonReport(t.ctx, request)
		return t.playAfterFailure(request.Token)
	}
	return nil
}

// playAfterFailure goes on with the queue after an episode that the device could not play. If the device still plays the
// episode before it, the next one follows after that.
func (t *turn) playAfterFailure(failed string) []alexa.Directive {
	k := playback.ParseToken(failed)
	if !k.InQueue() || !t.supportsAudio() {
		return nil
	}
	player, _ := t.playerState()
	if player.Token == failed || !t.isPlaying() {
		return t.playNext(k, "")
	}
	return t.playNext(k, player.Token)
}
