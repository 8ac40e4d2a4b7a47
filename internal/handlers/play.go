package handlers

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// plays tells whether the device plays audio.
func (t *turn) plays() bool { return t.envelope.Context.System.Device.Supports("AudioPlayer") }

// playing tells whether an episode is being played right now.
func (t *turn) playing() bool {
	activity := t.envelope.Context.AudioPlayer.Activity
	return t.plays() && (activity == "PLAYING" || activity == "BUFFER_UNDERRUN")
}

// hasEpisode tells whether the listener talks about an episode that is or was played, and not about posts.
func (t *turn) hasEpisode() bool {
	_, ok := t.episode()
	return ok && t.place.Topic == onNothing
}

// episode gives the post whose audio the device was given last, today or in an earlier session.
func (t *turn) episode() (feed.Post, bool) {
	token := t.envelope.Context.AudioPlayer.Token
	if token == "" || !t.plays() {
		return feed.Post{}, false
	}
	e, ok, err := t.skill.Posts.Entry(t.ctx, token)
	if err != nil {
		t.skill.Log.WarnContext(t.ctx, "the archive cannot be read", "while", "looking for an episode", "error", err)
	}
	return e.Post, ok
}

// playEpisode plays a post's audio: that of the newest episode of the period that was asked for, else of the post that
// the conversation is about, else the latest.
func (t *turn) playEpisode() {
	period, said := t.period()
	if !said {
		t.playHere()
		return
	}
	if post, ok := t.skill.Posts.Episode(period.From, period.To); ok {
		t.play(post, 0)
		return
	}
	t.say(phrases.NoEpisodeIn, phrases.Words{Period: t.spoken(period)})
	if post, ok := t.skill.Posts.Episode(time.Time{}, period.From); ok {
		t.tell(phrases.Before, post, phrases.Words{})
		return
	}
	t.ask(askElse)
}

func (t *turn) playHere() {
	if post, ok := t.current(); ok && t.place.Topic != onList {
		t.play(post, 0)
		return
	}
	if post, ok := t.skill.Posts.Episode(time.Time{}, time.Time{}); ok {
		t.play(post, 0)
		return
	}
	t.say(phrases.NoEpisodes, phrases.Words{})
	t.ask(askElse)
}

// playCurrent plays the post that was just offered.
func (t *turn) playCurrent() {
	if post, ok := t.current(); ok {
		t.play(post, 0)
		return
	}
	t.gone()
}

// play plays a post's audio from an offset on, and ends the session, as the player takes over. What cannot be played is
// said, and the text offered.
func (t *turn) play(p feed.Post, offset time.Duration) {
	story := t.story(p)
	var obstacle phrases.Message
	switch {
	case story.audio.URL == "":
		obstacle = phrases.NoAudio
	case !t.plays():
		obstacle = phrases.NoPlayer
	case !story.playable():
		obstacle = phrases.NotSecure
	default:
		if offset == 0 {
			t.say(phrases.Playing, phrases.Words{Title: t.title(p), Date: t.date(p)})
		}
		t.start(story, offset)
		return
	}
	t.about(p, onPost)
	t.say(obstacle, phrases.Words{})
	t.ask(askElse)
	if len(story.turns) > 0 {
		t.ask(askRead)
	}
}

// start gives the player its stream. Its token is the post's id, by which a later session knows it.
func (t *turn) start(s *story, offset time.Duration) {
	t.ask(askNothing)
	t.response.Directives = append(t.response.Directives, alexa.Play{
		URL: s.audio.URL, Token: s.ID, Offset: offset, Title: t.title(s.Post), Subtitle: t.skill.Blog, ArtURL: s.image,
	})
}

func (t *turn) silence() {
	t.response.Directives = append(t.response.Directives, alexa.Stop{})
}

// skipEpisode goes from the episode that is being played to a neighbour.
func (t *turn) skipEpisode(to func(feed.Post) (feed.Post, bool), none phrases.Message) {
	now, _ := t.episode()
	post, ok := to(now)
	if !ok {
		t.say(none, phrases.Words{})
		t.ask(askElse)
		return
	}
	t.play(post, 0)
}

// playAgain plays the episode from its beginning.
func (t *turn) playAgain() {
	now, _ := t.episode()
	t.play(now, 0)
}

// pause stops the player, where it stays. Where a post is being read there is nothing that would wait: it ends.
func (t *turn) pause() {
	if _, ok := t.episode(); ok {
		t.ask(askNothing)
		t.silence()
		return
	}
	t.stop()
}

// resume goes on with what was interrupted: the reading in this session, or the episode, also of an earlier one. "Go on"
// and "continue" come as this intent too.
func (t *turn) resume() {
	if t.place.Topic != onNothing {
		t.yes()
		return
	}
	post, ok := t.episode()
	if !ok {
		t.say(phrases.NothingToResume, phrases.Words{})
		t.tellLatest()
		return
	}
	t.play(post, t.offset())
}

// offset is where the episode was interrupted; one that was heard to its end begins again.
func (t *turn) offset() time.Duration {
	if player := t.envelope.Context.AudioPlayer; player.Activity != "FINISHED" {
		return player.Offset
	}
	return 0
}

// button answers the buttons of a remote or a screen, who hear nothing: with the player's directives alone.
func (t *turn) button(command string) {
	now, ok := t.episode()
	if !ok {
		return
	}
	offset := time.Duration(0)
	switch command {
	case "PlayCommandIssued":
		offset = t.offset()
	case "PauseCommandIssued":
		t.silence()
		return
	case "NextCommandIssued":
		now, ok = t.skill.Posts.OlderEpisode(now)
	case "PreviousCommandIssued":
		now, ok = t.skill.Posts.NewerEpisode(now)
	default:
		return
	}
	if story := t.story(now); ok && story.playable() {
		t.start(story, offset)
	}
}
