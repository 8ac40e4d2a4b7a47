package handlers

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// handlePlayEpisode plays the newest episode of the requested period. Without a period it plays the current post's
// episode, or else the latest episode.
func (t *turn) handlePlayEpisode() answer { return t.withPeriod(t.playPeriod, t.playDefault) }

func (t *turn) playPeriod(p alexa.Period) answer {
	if _, ok := t.latestPost(); !ok {
		return t.sayNoPosts()
	}
	if post, ok := t.responder.Posts.Newest(period.EpisodeFilter(p)); ok {
		return t.playEpisode(post)
	}
	none := t.say(phrases.NoEpisodeIn, t.periodParams(p, 0))
	if post, ok := period.NewestBefore(p, t.responder.Posts, true); ok {
		return none.followedBy(t.announce(phrases.Before, post, phrases.Params{}))
	}
	return none.ask(promptAnythingElse)
}

// playDefault plays the current post's episode. If the current post does not have an episode, playDefault offers the
// latest episode, because "play it" and "play the latest episode" are the same intent.
func (t *turn) playDefault() answer {
	if _, ok := t.latestPost(); !ok {
		return t.sayNoPosts()
	}
	post, isCurrent := t.currentPost()
	isCurrent = isCurrent && t.state.Focus != focusList
	episode, hasEpisodes := t.responder.Posts.Newest(feed.Filter{Episodes: true})
	switch {
	case isCurrent && (t.render(post).Audio.URL != "" || !hasEpisodes || !t.supportsAudio()):
		return t.playEpisode(post)
	case isCurrent:
		return t.say(phrases.NoAudio, phrases.Params{}).followedBy(t.announce(phrases.LatestEpisode, episode, phrases.Params{}))
	case hasEpisodes:
		return t.playEpisode(episode)
	}
	return t.say(phrases.NoEpisodes, phrases.Params{}).ask(promptAnythingElse)
}

// playCurrent plays the post that was just offered.
func (t *turn) playCurrent() answer {
	if post, ok := t.currentPost(); ok {
		return t.playEpisode(post)
	}
	return t.sayPostGone()
}

// playEpisode plays an episode that the listener asked for. If the listener stopped it in the middle, it asks where to begin,
// or goes on at once, as the operator chose. The request to play it again is also the answer to the question.
func (t *turn) playEpisode(p feed.Post) answer {
	at := t.stopOf(p)
	asked := t.state.Prompt == promptWhere && t.state.Post == refOf(p)
	switch rendered := t.render(p); {
	case at == 0:
		return t.playFrom(p, 0)
	case t.responder.Settings.Resume == "at_once":
		return t.startEpisode(p, episodeStart{offset: at, said: phrases.PlayingOn})
	case asked || !rendered.IsPlayable() || !t.supportsAudio():
		return t.playFrom(p, at)
	default:
		return t.askWhere(rendered, at)
	}
}

// askWhere says where the listener stopped an episode, and asks whether to go on from there.
func (t *turn) askWhere(s *rendering.Rendered, at time.Duration) answer {
	message := phrases.StoppedAt
	if at < time.Minute {
		message = phrases.StoppedEarly
	}
	a := t.say(message, phrases.Params{Title: t.postName(s.Post, s), Number: int(at.Minutes())}).focusOn(s.Post, focusPost).ask(promptWhere)
	a.card, a.directives = t.postCard(s), t.showPost(s, s.Excerpt)
	return a
}

// askWhereAgain repeats the question of askWhere.
func (t *turn) askWhereAgain() answer {
	post, kept := t.currentPost()
	if at := t.stopOf(post); kept && at > 0 {
		return t.askWhere(t.render(post), at)
	}
	return t.announceCurrent()
}

// playFromBeginning plays the current post, although the listener stopped it in the middle.
func (t *turn) playFromBeginning() answer {
	if post, ok := t.currentPost(); ok {
		return t.playFrom(post, 0)
	}
	return t.sayPostGone()
}

// playFrom plays a post's audio from an offset. It names the post if the offset is 0.
func (t *turn) playFrom(p feed.Post, offset time.Duration) answer {
	start := episodeStart{offset: offset}
	if offset == 0 {
		start.said = phrases.Playing
	}
	return t.startEpisode(p, start)
}

// An episodeStart says how an episode starts.
type episodeStart struct {
	token  playback.PlayToken // only its queue counts
	offset time.Duration
	said   phrases.Message // "" starts the episode silently
}

// startEpisode plays a post's audio. It ends the session, because the player takes over.
func (t *turn) startEpisode(p feed.Post, start episodeStart) answer {
	rendered := t.render(p)
	switch {
	case rendered.Audio.URL == "":
		return t.explainNotPlayable(rendered, phrases.NoAudio)
	case !t.supportsAudio():
		return t.explainNotPlayable(rendered, phrases.NoPlayer)
	case !rendered.IsPlayable():
		return t.explainNotPlayable(rendered, phrases.NotSecure)
	}
	a := t.newAnswer()
	if start.said != "" {
		a = a.say(start.said, phrases.Params{Title: t.postName(p, rendered), Date: t.dateText(p)})
	}
	a.directives = []alexa.Directive{t.playDirective(rendered, start.token, start.offset)}
	return a
}

// explainNotPlayable announces a post that cannot be played and says why. It offers the text, or goes on with the text
// if the post is being read.
func (t *turn) explainNotPlayable(s *rendering.Rendered, why phrases.Message) answer {
	switch {
	case t.state.Focus != focusText || t.state.Post != refOf(s.Post):
		a := t.newAnswer()
		if !t.isAnnounced(s.Post) {
			a = t.announce(phrases.ThePost, s.Post, phrases.Params{})
		}
		return a.say(why, phrases.Params{}).ask(t.choosePrompt(s))
	case t.state.Part >= len(s.Turns):
		return t.appendPostEnd(t.say(why, phrases.Params{}), s.Post)
	}
	return t.say(why, phrases.Params{}).ask(promptReadOn)
}

// playDirective returns the directive that starts the stream, in the queue of a token. Its token identifies the post, so that
// a later session can find it.
func (t *turn) playDirective(s *rendering.Rendered, queue playback.PlayToken, offset time.Duration) alexa.Play {
	return alexa.Play{
		URL: s.Audio.URL, Token: t.tokenOf(s.Post, queue).String(), Offset: offset, Title: s.ShownTitle, Subtitle: t.blog, ArtURL: s.Image,
	}
}

// skipEpisode plays the next or previous episode. If that does not exist, the current episode goes on.
func (t *turn) skipEpisode(direction func(playback.PlayToken) (step, phrases.Message)) answer {
	token, _ := t.playerToken()
	to, none := direction(token)
	current, kept := t.playedPost(token)
	if !kept && token.Position == "" {
		return t.sayPostGone()
	}
	if post, ok := t.nearestPlayable(current, to); ok {
		return t.startEpisode(post, episodeStart{token: token, said: phrases.Playing})
	}
	a := t.say(none, phrases.Params{})
	if t.isOneShot() {
		return a
	}
	return a.ask(promptAnythingElse)
}

// maxSkippedEpisodes limits how many unplayable episodes one request skips, because each skipped episode needs a disk
// read.
const maxSkippedEpisodes = 10

// nearestPlayable returns the nearest playable episode in one direction.
func (t *turn) nearestPlayable(p feed.Post, to step) (feed.Post, bool) {
	for range maxSkippedEpisodes {
		var ok bool
		if p, ok = to(p, feed.Filter{Episodes: true}); !ok {
			return feed.Post{}, false
		}
		// This code does not call render, because render also parses the text. For ten crafted posts that can take a
		// second.
		if e, _, _ := t.readEntry(p.ID, "look up episode"); alexa.Playable(e.Audio.URL) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// restartEpisode plays the last episode from its beginning.
func (t *turn) restartEpisode() answer {
	token, _ := t.playerToken()
	if post, ok := t.playedPost(token); ok {
		return t.startEpisode(post, episodeStart{token: token, said: phrases.Playing})
	}
	return t.sayPostGone()
}
