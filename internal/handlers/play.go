package handlers

import (
	"slices"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// plays tells whether the device plays audio.
func (t *turn) plays() bool { return t.envelope.Context.System.Device.Supports("AudioPlayer") }

// player is what the device plays, or played last, of this skill; false where it never played anything.
func (t *turn) player() (player alexa.Playback, used bool) {
	player = t.envelope.Context.AudioPlayer
	return player, t.plays() && player.Token != ""
}

// playing tells whether an episode is certainly being played. PAUSED is what the player calls itself while somebody
// speaks; most devices say STOPPED then, as they do after a real stop (Amazon: "AudioPlayer Interface Reference").
func (t *turn) playing() bool {
	player, used := t.player()
	return used && slices.Contains([]string{"PLAYING", "PAUSED", "BUFFER_UNDERRUN"}, player.Activity)
}

// interrupted tells whether an episode may go on when the listener has had an answer.
func (t *turn) interrupted() bool {
	player, used := t.player()
	return used && (t.playing() || player.Activity == "STOPPED")
}

// inPassing tells whether a request does not go on with a conversation, as "Alexa, next" during an episode does not.
func (t *turn) inPassing() bool { return t.envelope.Session == nil || t.envelope.Session.New }

// amidEpisode tells whether a request that nobody can make sense of came in the middle of an episode. Those of a music
// player come to whoever played last, whether they are in the skill's interaction model or not.
func (t *turn) amidEpisode() bool {
	_, used := t.player()
	switch t.envelope.Request.Intent.Name {
	case "AMAZON.LoopOnIntent", "AMAZON.LoopOffIntent", "AMAZON.ShuffleOnIntent", "AMAZON.ShuffleOffIntent":
		return used && t.inPassing()
	}
	return t.playing() && t.inPassing()
}

// hasEpisode tells whether the listener talks about an episode that is or was played, and not about posts.
func (t *turn) hasEpisode() bool {
	_, used := t.player()
	return used && t.place.Topic == onNothing && (t.inPassing() || t.playing())
}

// episode gives the post whose audio the device was given last, today or in an earlier session; false where there is
// none, or it is kept no more. It reads from the disk, which is no part of any other answer's way.
func (t *turn) episode() (feed.Post, bool) {
	player, used := t.player()
	if !used {
		return feed.Post{}, false
	}
	e, ok, _ := t.entry(player.Token, "looking for an episode")
	return e.Post, ok
}

// playEpisode plays a post's audio: that of the newest episode of the period that was asked for, else of the post that
// the conversation is about, else the latest.
func (t *turn) playEpisode() answer { return t.dated(t.playPeriod, t.playHere) }

func (t *turn) playPeriod(period alexa.Period) answer {
	if _, ok := t.latest(); !ok {
		return t.noPosts()
	}
	episodes := within(period)
	episodes.Episodes = true
	if post, ok := t.skill.Posts.Newest(episodes); ok {
		return t.play(post, 0)
	}
	none := t.say(phrases.NoEpisodeIn, phrases.Words{Period: t.spoken(period)})
	if post, ok := t.newestBefore(period, true); ok {
		return none.then(t.tell(phrases.Before, post, phrases.Words{}))
	}
	return none.ask(askElse)
}

// playHere plays the post that the conversation is about. Whoever wants to hear something while it is about one without
// audio is offered the latest episode: "play it" and "play the latest episode" are one intent.
func (t *turn) playHere() answer {
	if _, ok := t.latest(); !ok {
		return t.noPosts()
	}
	post, here := t.current()
	here = here && t.place.Topic != onList
	episode, some := t.skill.Posts.Newest(feed.Filter{Episodes: true})
	switch {
	case here && (t.story(post).audio.URL != "" || !some || !t.plays()):
		return t.play(post, 0)
	case here:
		return t.say(phrases.NoAudio, phrases.Words{}).then(t.tell(phrases.LatestEpisode, episode, phrases.Words{}))
	case some:
		return t.play(episode, 0)
	}
	return t.say(phrases.NoEpisodes, phrases.Words{}).ask(askElse)
}

// playCurrent plays the post that was just offered.
func (t *turn) playCurrent() answer { return t.playKept(t.current()) }

// playKept plays a post from its beginning, if it is still kept.
func (t *turn) playKept(p feed.Post, kept bool) answer {
	if kept {
		return t.play(p, 0)
	}
	return t.gone()
}

// play plays a post's audio from an offset on, and ends the session, as the player takes over.
func (t *turn) play(p feed.Post, offset time.Duration) answer {
	story := t.story(p)
	switch {
	case story.audio.URL == "":
		return t.playNothing(story, phrases.NoAudio)
	case !t.plays():
		return t.playNothing(story, phrases.NoPlayer)
	case !story.playable():
		return t.playNothing(story, phrases.NotSecure)
	}
	a := t.answer()
	if offset == 0 {
		a = a.say(phrases.Playing, phrases.Words{Title: t.name(p, story), Date: t.date(p)})
	}
	a.directives = t.start(story, offset)
	return a
}

// playNothing is for what cannot be played: which post that is, where it was not named just now, and why not. It offers
// the text, or goes on with it where that is being read.
func (t *turn) playNothing(s *story, why phrases.Message) answer {
	switch {
	case t.place.Topic != onText || t.place.Post != refOf(s.Post):
		a := t.answer()
		if !t.named(s.Post) {
			a = t.tell(phrases.ThePost, s.Post, phrases.Words{})
		}
		return a.say(why, phrases.Words{}).ask(t.offer(s))
	case t.place.Part >= len(s.turns):
		return t.endOfPost(t.say(why, phrases.Words{}), s.Post)
	}
	return t.say(why, phrases.Words{}).ask(askOn)
}

// playable tells whether Alexa plays a story's audio.
func (s *story) playable() bool { return alexa.Playable(s.audio.URL) }

// start gives the player its stream. Its token is the post's id, by which a later session knows it.
func (t *turn) start(s *story, offset time.Duration) []alexa.Directive {
	return []alexa.Directive{alexa.Play{
		URL: s.audio.URL, Token: s.ID, Offset: offset, Title: s.heading, Subtitle: t.skill.Blog, ArtURL: s.image,
	}}
}

// skipEpisode goes from the episode that is being played to a neighbour. Where there is none it lets it go on.
func (t *turn) skipEpisode(to step, none phrases.Message) answer {
	now, ok := t.episode()
	if !ok {
		return t.gone()
	}
	if post, ok := t.nearest(now, to); ok {
		return t.play(post, 0)
	}
	a := t.say(none, phrases.Words{})
	if t.inPassing() {
		return a
	}
	return a.ask(askElse)
}

// mostPassedOver bounds how many episodes a step to the next one passes over, as each has to be looked up.
const mostPassedOver = 10

// nearest gives the next episode in one direction that can be played.
func (t *turn) nearest(p feed.Post, to step) (feed.Post, bool) {
	for range mostPassedOver {
		var ok bool
		if p, ok = to(p, feed.Filter{Episodes: true}); !ok {
			return feed.Post{}, false
		}
		// A story would take the text apart as well: of ten posts that are made for it that would be a second.
		if e, _, _ := t.entry(p.ID, "looking for an episode"); alexa.Playable(e.Audio.URL) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// playAgain plays the episode from its beginning.
func (t *turn) playAgain() answer { return t.playKept(t.episode()) }

// silence stops the player, where it stays.
func (a answer) silence() answer {
	a.directives = []alexa.Directive{alexa.Stop{}}
	return a
}

// pause stops the player, also of an episode that is kept no more. Where a post is being read there is nothing that would
// wait: it ends.
func (t *turn) pause() answer {
	if _, used := t.player(); !used || !t.inPassing() && !t.playing() {
		return t.stop()
	}
	return t.answer().silence()
}

// stop ends the session, and what is or may be being played, in which case that it falls silent is an answer.
func (t *turn) stop() answer {
	goodbye := t.say(phrases.Goodbye, phrases.Words{})
	switch {
	case !t.interrupted():
		return goodbye
	case t.inPassing():
		return t.answer().silence()
	}
	return goodbye.silence()
}

// resume goes on with what was interrupted: the reading in this session, or the episode, also of an earlier one. "Go on"
// and "continue" come as this intent too, and so are a yes, unless that would begin anew what was paused.
func (t *turn) resume() answer {
	post, ok := t.episode()
	paused := ok && t.place.Asked == askPlay && t.place.Post == refOf(post)
	switch {
	case t.place.Topic != onNothing && !paused:
		return t.yes()
	case ok:
		return t.play(post, t.offset())
	}
	return t.say(phrases.NothingToResume, phrases.Words{}).then(t.tellLatest())
}

// offset is where the episode was interrupted; one that was heard to its end begins again.
func (t *turn) offset() time.Duration {
	if player, _ := t.player(); player.Activity != "FINISHED" {
		return player.Offset
	}
	return 0
}

// button answers the buttons of a remote or a screen, who hear nothing: with the player's directives alone.
func (t *turn) button(command string) []alexa.Directive {
	if _, used := t.player(); used && command == "PauseCommandIssued" {
		return []alexa.Directive{alexa.Stop{}}
	}
	post, ok := t.episode()
	offset := time.Duration(0)
	switch {
	case !ok:
		return nil
	case command == "PlayCommandIssued":
		offset = t.offset()
	case command == "NextCommandIssued":
		post, ok = t.nearest(post, t.skill.Posts.Older)
	case command == "PreviousCommandIssued":
		post, ok = t.nearest(post, t.skill.Posts.Newer)
	default:
		return nil
	}
	if story := t.story(post); ok && story.playable() {
		return t.start(story, offset)
	}
	return nil
}
