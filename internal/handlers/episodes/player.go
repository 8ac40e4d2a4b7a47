package episodes

import (
	"slices"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// PlayerState returns the state of the device's player for this skill. It returns false if the device never played an
// episode of this skill.
func (t *Dialog) PlayerState() (player alexa.Playback, used bool) {
	player = t.Envelope.Context.AudioPlayer
	return player, t.SupportsAudio() && player.Token != ""
}

// isPlaying reports whether the device is certainly playing an episode. While the listener speaks, some devices report
// PAUSED. Most devices report STOPPED, which they also report after a real stop (Amazon: "AudioPlayer Interface
// Reference").
func (t *Dialog) isPlaying() bool {
	player, used := t.PlayerState()
	return used && slices.Contains([]string{"PLAYING", "PAUSED", "BUFFER_UNDERRUN"}, player.Activity)
}

// MayStillPlay reports whether an episode may continue to play after the answer.
func (t *Dialog) MayStillPlay() bool {
	player, used := t.PlayerState()
	return used && (t.isPlaying() || player.Activity == "STOPPED")
}

// IsOneShot reports whether a request is outside a conversation, such as "Alexa, next" during an episode.
func (t *Dialog) IsOneShot() bool { return t.Envelope.Session == nil || t.Envelope.Session.New }

// InterruptsEpisode reports whether an unsupported request came during an episode. Alexa sends requests such as
// "shuffle on" to the last skill that played audio, even if its interaction model does not have these intents.
func (t *Dialog) InterruptsEpisode() bool {
	_, used := t.PlayerState()
	switch t.Envelope.Request.Intent.Name {
	case "AMAZON.LoopOnIntent", "AMAZON.LoopOffIntent", "AMAZON.ShuffleOnIntent", "AMAZON.ShuffleOffIntent":
		return used && t.IsOneShot()
	}
	return t.isPlaying() && t.IsOneShot()
}

// IsAboutEpisode reports whether a request such as "next" is about the episode in the player, and not about posts.
func (t *Dialog) IsAboutEpisode() bool {
	_, used := t.PlayerState()
	return used && t.State.Focus == session.FocusNone && (t.IsOneShot() || t.isPlaying())
}

// playerToken returns the token of the episode in the player. It returns false if the device never played one.
func (t *Dialog) playerToken() (token playback.PlayToken, used bool) {
	player, used := t.PlayerState()
	return playback.ParseToken(player.Token), used
}

// LastEpisode returns the post whose audio was played last, possibly in an earlier session. It returns false if the
// device played none, or if the archive has removed the post. Because it reads from disk, only requests that need the
// episode may call it.
func (t *Dialog) LastEpisode() (feed.Post, bool) {
	token, used := t.playerToken()
	if !used {
		return feed.Post{}, false
	}
	return t.playedPost(token)
}

// HandlePause stops the player, even if the archive has removed the episode. While a post is being read, it ends the
// session, because Alexa cannot pause speech, and says how to go on. At the offer of the next post, that post is the place.
func (t *Dialog) HandlePause() conversation.Answer {
	_, used := t.PlayerState()
	next, offered := t.OfferedNext()
	switch {
	case t.IsReading():
		return t.Say(phrases.Paused, phrases.Params{})
	case offered && t.Listener().Account != "":
		a := t.Say(phrases.Paused, phrases.Params{})
		a.State.Spoken = &session.Reading{Post: session.RefOf(next), Part: 1, At: t.Now.Unix()}
		return a
	case !used || !t.IsOneShot() && !t.isPlaying():
		return t.HandleStop()
	}
	return t.NewAnswer().StopPlayer()
}

// HandleStop ends the session and stops an episode that may be playing. In the answer to a one-shot request, a stopped
// episode replaces the goodbye.
func (t *Dialog) HandleStop() conversation.Answer {
	goodbye := t.SayGoodbye()
	switch {
	case !t.MayStillPlay():
		return goodbye
	case t.IsOneShot():
		return t.NewAnswer().StopPlayer()
	}
	return goodbye.StopPlayer()
}

// ResumeElsewhere goes on with the episode that the listener stopped on another device. It returns false if there is none.
func (t *Dialog) ResumeElsewhere() (conversation.Answer, bool) {
	start, ok := t.lastStop()
	if !ok {
		return conversation.Answer{}, false
	}
	post, kept := t.playedPost(start.token)
	if !kept {
		return conversation.Answer{}, false
	}
	return t.startEpisode(post, start), true
}

// ResumeEpisode goes on with the episode in the player.
func (t *Dialog) ResumeEpisode(p feed.Post) conversation.Answer {
	token, _ := t.playerToken()
	return t.startEpisode(p, t.resumedStart(token))
}

// resumedStart returns how the episode in the player goes on. At its beginning, its title is said.
func (t *Dialog) resumedStart(k playback.PlayToken) episodeStart {
	start := episodeStart{token: k, offset: t.resumeOffset(k)}
	if start.offset == 0 {
		start.said = phrases.Playing
	}
	return start
}

// resumeOffset returns where the episode in the player was interrupted, on this device or later on another one. For an
// episode that ended, it returns 0, the beginning.
func (t *Dialog) resumeOffset(k playback.PlayToken) time.Duration {
	player, _ := t.PlayerState()
	if player.Activity == "FINISHED" {
		return 0
	}
	if last, ok := t.lastStop(); ok && last.token.PostID == k.PostID && !t.isPlaying() {
		return max(last.offset, player.Offset)
	}
	return player.Offset
}

// stopOf returns where the listener stopped an episode, or 0 if the listener did not, or only at its beginning.
func (t *Dialog) stopOf(p feed.Post) time.Duration {
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
func (t *Dialog) lastStop() (start episodeStart, ok bool) {
	last, ok := t.stops().Last(t.Listener())
	start = episodeStart{token: last.Token, offset: last.At, said: phrases.PlayingOn}
	if last.At < playback.ShortestStop {
		start.said = phrases.Playing
	}
	return start, ok
}

func (t *Dialog) stops() playback.Stops {
	return playback.Stops{Store: t.Env.Visits, Account: t.Listener().Account}
}

// HandleButton answers the buttons of a remote or a screen. It returns only player directives, because Alexa does not
// speak the answer to a button.
func (t *Dialog) HandleButton(command string) []alexa.Directive {
	token, used := t.playerToken()
	if !used {
		return nil
	}
	if command == "PauseCommandIssued" {
		return []alexa.Directive{alexa.Stop{}}
	}
	offset := time.Duration(0)
	post, ok := t.playedPost(token)
	var to conversation.Direction
	switch command {
	case "PlayCommandIssued":
		offset = t.resumeOffset(token)
	case "NextCommandIssued":
		to, _ = t.NextEpisodes(token)
	case "PreviousCommandIssued":
		to, _ = t.PreviousEpisodes(token)
	default:
		return nil
	}
	if to != nil && (ok || token.Position != "") {
		post, ok = t.NearestPlayable(post, to)
	}
	if rendered := t.Render(post); ok && rendered.IsPlayable() {
		return []alexa.Directive{t.playDirective(rendered, token, offset)}
	}
	return nil
}

// HandlePlayerReport answers a report of the player. The response may contain only directives for the player.
func (t *Dialog) HandlePlayerReport(event string) []alexa.Directive {
	request := t.Envelope.Request
	switch event {
	case "PlaybackStarted", "PlaybackStopped":
		t.stops().Keep(request.Token, request.Offset)
	case "PlaybackFinished":
		t.stops().Forget(request.Token)
	case "PlaybackNearlyFinished":
		return t.enqueueNext(request.Token)
	case "PlaybackFailed":
		return t.playAfterFailure(request.Token)
	}
	return nil
}

// playAfterFailure goes on with the queue after an episode that the device could not play. If the device still plays the
// episode before it, the next one follows after that.
func (t *Dialog) playAfterFailure(failed string) []alexa.Directive {
	k := playback.ParseToken(failed)
	if !k.InQueue() || !t.SupportsAudio() {
		return nil
	}
	player, _ := t.PlayerState()
	if player.Token == failed || !t.isPlaying() {
		return t.playNext(k, "")
	}
	return t.playNext(k, player.Token)
}
