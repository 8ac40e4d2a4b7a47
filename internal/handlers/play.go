package handlers

import (
	"slices"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// supportsAudio tells whether the device plays audio.
func (t *turn) supportsAudio() bool { return t.envelope.Context.System.Device.Supports("AudioPlayer") }

// playerState is what the device plays, or played last, of this skill; false where it never played anything.
func (t *turn) playerState() (playerState alexa.Playback, used bool) {
	playerState = t.envelope.Context.AudioPlayer
	return playerState, t.supportsAudio() && playerState.Token != ""
}

// isPlaying tells whether an episode is certainly being played. PAUSED is what the player calls itself while somebody
// speaks; most devices say STOPPED then, as they do after a real stop (Amazon: "AudioPlayer Interface Reference").
func (t *turn) isPlaying() bool {
	player, used := t.playerState()
	return used && slices.Contains([]string{"PLAYING", "PAUSED", "BUFFER_UNDERRUN"}, player.Activity)
}

// mayStillPlay tells whether an episode may go on when the listener has had an answer.
func (t *turn) mayStillPlay() bool {
	player, used := t.playerState()
	return used && (t.isPlaying() || player.Activity == "STOPPED")
}

// isOneShot tells whether a request does not go on with a conversation, as "Alexa, next" during an episode does not.
func (t *turn) isOneShot() bool { return t.envelope.Session == nil || t.envelope.Session.New }

// interruptsEpisode tells whether a request that nobody can make sense of came in the middle of an episode. Those of a music
// player come to whoever played last, whether they are in the skill's interaction model or not.
func (t *turn) interruptsEpisode() bool {
	_, used := t.playerState()
	switch t.envelope.Request.Intent.Name {
	case "AMAZON.LoopOnIntent", "AMAZON.LoopOffIntent", "AMAZON.ShuffleOnIntent", "AMAZON.ShuffleOffIntent":
		return used && t.isOneShot()
	}
	return t.isPlaying() && t.isOneShot()
}

// isAboutEpisode tells whether the listener talks about an episode that is or was played, and not about posts.
func (t *turn) isAboutEpisode() bool {
	_, used := t.playerState()
	return used && t.state.Focus == focusNone && (t.isOneShot() || t.isPlaying())
}

// lastEpisode gives the post whose audio the device was given last, today or in an earlier session; false where there is
// none, or it is kept no more. It reads from the disk, which is no part of any other answer's way.
func (t *turn) lastEpisode() (feed.Post, bool) {
	player, used := t.playerState()
	if !used {
		return feed.Post{}, false
	}
	e, ok, _ := t.readEntry(player.Token, "looking for an episode")
	return e.Post, ok
}

// handlePlayEpisode plays a post's audio: that of the newest episode of the period that was asked for, else of the post that
// the conversation is about, else the latest.
func (t *turn) handlePlayEpisode() answer { return t.withPeriod(t.playPeriod, t.playDefault) }

func (t *turn) playPeriod(period alexa.Period) answer {
	if _, ok := t.latestPost(); !ok {
		return t.sayNoPosts()
	}
	episodes := periodFilter(period)
	episodes.Episodes = true
	if post, ok := t.responder.Posts.Newest(episodes); ok {
		return t.playFrom(post, 0)
	}
	none := t.say(phrases.NoEpisodeIn, phrases.Params{Period: t.periodText(period)})
	if post, ok := t.newestBefore(period, true); ok {
		return none.followedBy(t.announce(phrases.Before, post, phrases.Params{}))
	}
	return none.ask(promptAnythingElse)
}

// playDefault plays the post that the conversation is about. Whoever wants to hear something while it is about one without
// audio is offered the latest episode: "play it" and "play the latest episode" are one intent.
func (t *turn) playDefault() answer {
	if _, ok := t.latestPost(); !ok {
		return t.sayNoPosts()
	}
	post, here := t.currentPost()
	here = here && t.state.Focus != focusList
	episode, some := t.responder.Posts.Newest(feed.Filter{Episodes: true})
	switch {
	case here && (t.render(post).audio.URL != "" || !some || !t.supportsAudio()):
		return t.playFrom(post, 0)
	case here:
		return t.say(phrases.NoAudio, phrases.Params{}).followedBy(t.announce(phrases.LatestEpisode, episode, phrases.Params{}))
	case some:
		return t.playFrom(episode, 0)
	}
	return t.say(phrases.NoEpisodes, phrases.Params{}).ask(promptAnythingElse)
}

// playCurrent plays the post that was just offered.
func (t *turn) playCurrent() answer { return t.playIfKept(t.currentPost()) }

// playIfKept plays a post from its beginning, if it is still kept.
func (t *turn) playIfKept(p feed.Post, kept bool) answer {
	if kept {
		return t.playFrom(p, 0)
	}
	return t.sayPostGone()
}

// playFrom plays a post's audio from an offset on, and ends the session, as the player takes over.
func (t *turn) playFrom(p feed.Post, offset time.Duration) answer {
	story := t.render(p)
	switch {
	case story.audio.URL == "":
		return t.explainNotPlayable(story, phrases.NoAudio)
	case !t.supportsAudio():
		return t.explainNotPlayable(story, phrases.NoPlayer)
	case !story.isPlayable():
		return t.explainNotPlayable(story, phrases.NotSecure)
	}
	a := t.newAnswer()
	if offset == 0 {
		a = a.say(phrases.Playing, phrases.Params{Title: t.postName(p, story), Date: t.dateText(p)})
	}
	a.directives = t.playDirectives(story, offset)
	return a
}

// explainNotPlayable is for what cannot be played: which post that is, where it was not named just now, and why not. It offers
// the text, or goes on with it where that is being read.
func (t *turn) explainNotPlayable(s *renderedPost, why phrases.Message) answer {
	switch {
	case t.state.Focus != focusText || t.state.Post != refOf(s.Post):
		a := t.newAnswer()
		if !t.isAnnounced(s.Post) {
			a = t.announce(phrases.ThePost, s.Post, phrases.Params{})
		}
		return a.say(why, phrases.Params{}).ask(t.choosePrompt(s))
	case t.state.Part >= len(s.turns):
		return t.appendPostEnd(t.say(why, phrases.Params{}), s.Post)
	}
	return t.say(why, phrases.Params{}).ask(promptReadOn)
}

// isPlayable tells whether Alexa plays a story's audio.
func (s *renderedPost) isPlayable() bool { return alexa.Playable(s.audio.URL) }

// playDirectives gives the player its stream. Its token is the post's id, by which a later session knows it.
func (t *turn) playDirectives(s *renderedPost, offset time.Duration) []alexa.Directive {
	return []alexa.Directive{alexa.Play{
		URL: s.audio.URL, Token: s.ID, Offset: offset, Title: s.shownTitle, Subtitle: t.responder.Blog, ArtURL: s.image,
	}}
}

// skipEpisode goes from the episode that is being played to a neighbour. Where there is none it lets it go on.
func (t *turn) skipEpisode(to step, none phrases.Message) answer {
	now, ok := t.lastEpisode()
	if !ok {
		return t.sayPostGone()
	}
	if post, ok := t.nearestPlayable(now, to); ok {
		return t.playFrom(post, 0)
	}
	a := t.say(none, phrases.Params{})
	if t.isOneShot() {
		return a
	}
	return a.ask(promptAnythingElse)
}

// maxSkippedEpisodes bounds how many episodes a step to the next one passes over, as each has to be looked up.
const maxSkippedEpisodes = 10

// nearestPlayable gives the next episode in one direction that can be played.
func (t *turn) nearestPlayable(p feed.Post, to step) (feed.Post, bool) {
	for range maxSkippedEpisodes {
		var ok bool
		if p, ok = to(p, feed.Filter{Episodes: true}); !ok {
			return feed.Post{}, false
		}
		// A story would take the text apart as well: of ten posts that are made for it that would be a second.
		if e, _, _ := t.readEntry(p.ID, "looking for an episode"); alexa.Playable(e.Audio.URL) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// restartEpisode plays the episode from its beginning.
func (t *turn) restartEpisode() answer { return t.playIfKept(t.lastEpisode()) }

// stopPlayer stops the player, where it stays.
func (a answer) stopPlayer() answer {
	a.directives = []alexa.Directive{alexa.Stop{}}
	return a
}

// handlePause stops the player, also of an episode that is kept no more. Where a post is being read there is nothing that would
// wait: it ends.
func (t *turn) handlePause() answer {
	if _, used := t.playerState(); !used || !t.isOneShot() && !t.isPlaying() {
		return t.handleStop()
	}
	return t.newAnswer().stopPlayer()
}

// handleStop ends the session, and what is or may be being played, in which case that it falls silent is an answer.
func (t *turn) handleStop() answer {
	goodbye := t.say(phrases.Goodbye, phrases.Params{})
	switch {
	case !t.mayStillPlay():
		return goodbye
	case t.isOneShot():
		return t.newAnswer().stopPlayer()
	}
	return goodbye.stopPlayer()
}

// resumeInterrupted goes on with what was interrupted: the reading in this session, or the episode, also of an earlier one. "Go on"
// and "continue" come as this intent too, and so are a yes, unless that would begin anew what was paused.
func (t *turn) resumeInterrupted() answer {
	post, ok := t.lastEpisode()
	paused := ok && t.state.Prompt == promptPlay && t.state.Post == refOf(post)
	switch {
	case t.state.Focus != focusNone && !paused:
		return t.handleYes()
	case ok:
		return t.playFrom(post, t.resumeOffset())
	}
	return t.say(phrases.NothingToResume, phrases.Params{}).followedBy(t.announceLatest())
}

// resumeOffset is where the episode was interrupted; one that was heard to its end begins again.
func (t *turn) resumeOffset() time.Duration {
	if player, _ := t.playerState(); player.Activity != "FINISHED" {
		return player.Offset
	}
	return 0
}

// handleButton answers the buttons of a remote or a screen, who hear nothing: with the player's directives alone.
func (t *turn) handleButton(command string) []alexa.Directive {
	if _, used := t.playerState(); used && command == "PauseCommandIssued" {
		return []alexa.Directive{alexa.Stop{}}
	}
	post, ok := t.lastEpisode()
	offset := time.Duration(0)
	switch {
	case !ok:
		return nil
	case command == "PlayCommandIssued":
		offset = t.resumeOffset()
	case command == "NextCommandIssued":
		post, ok = t.nearestPlayable(post, t.responder.Posts.Older)
	case command == "PreviousCommandIssued":
		post, ok = t.nearestPlayable(post, t.responder.Posts.Newer)
	default:
		return nil
	}
	if story := t.render(post); ok && story.isPlayable() {
		return t.playDirectives(story, offset)
	}
	return nil
}
