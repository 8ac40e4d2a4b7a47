package episodes

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// HandlePlayEpisode plays the newest episode of the requested period. Without a period it plays the current post's
// episode, or else the latest episode.
func (t *Dialog) HandlePlayEpisode() conversation.Answer {
	return t.WithPeriod(t.playPeriod, t.playDefault)
}

func (t *Dialog) playPeriod(p alexa.Period) conversation.Answer {
	if _, ok := t.LatestPost(); !ok {
		return t.SayNoPosts()
	}
	if post, ok := t.Env.Posts.Newest(period.EpisodeFilter(p)); ok {
		return t.PlayEpisode(post)
	}
	none := t.Say(phrases.NoEpisodeIn, t.PeriodParams(p, 0))
	if post, ok := period.NewestBefore(p, t.Env.Posts, true); ok {
		return none.FollowedBy(t.Announce(phrases.Before, post, phrases.Params{}))
	}
	return none.Ask(conversation.PromptAnythingElse)
}

// HandlePlayLatest plays the latest episode, even if the conversation is about another post.
func (t *Dialog) HandlePlayLatest() conversation.Answer {
	if _, ok := t.LatestPost(); !ok {
		return t.SayNoPosts()
	}
	if episode, ok := t.Env.Posts.Newest(feed.Filter{Episodes: true}); ok {
		return t.PlayEpisode(episode)
	}
	return t.Say(phrases.NoEpisodes, phrases.Params{}).Ask(conversation.PromptAnythingElse)
}

// playDefault plays the current post's episode. If the current post does not have an episode, playDefault offers the
// latest episode.
func (t *Dialog) playDefault() conversation.Answer {
	if _, ok := t.LatestPost(); !ok {
		return t.SayNoPosts()
	}
	post, isCurrent := t.CurrentPost()
	isCurrent = isCurrent && t.State.Focus != session.FocusList
	if !isCurrent {
		return t.HandlePlayLatest()
	}
	episode, hasEpisodes := t.Env.Posts.Newest(feed.Filter{Episodes: true})
	if t.Render(post).Audio.URL != "" || !hasEpisodes || !t.SupportsAudio() {
		return t.PlayEpisode(post)
	}
	return t.Say(phrases.NoAudio, phrases.Params{}).FollowedBy(t.Announce(phrases.LatestEpisode, episode, phrases.Params{}))
}

// PlayCurrent plays the post that was just offered.
func (t *Dialog) PlayCurrent() conversation.Answer {
	if post, ok := t.CurrentPost(); ok {
		return t.PlayEpisode(post)
	}
	return t.SayPostGone()
}

// PlayEpisode plays an episode that the listener asked for. If the listener stopped it in the middle, it asks where to begin,
// or goes on at once, as the operator chose. The request to play it again is also the answer to the question.
func (t *Dialog) PlayEpisode(p feed.Post) conversation.Answer {
	at := t.stopOf(p)
	asked := t.State.Prompt == conversation.PromptWhere && t.State.Post == session.RefOf(p)
	switch rendered := t.Render(p); {
	case at == 0:
		return t.playFrom(p, 0)
	case t.Env.Settings.Resume == "at_once":
		return t.startEpisode(p, episodeStart{offset: at, said: phrases.PlayingOn})
	case asked || !rendered.IsPlayable() || !t.SupportsAudio():
		return t.playFrom(p, at)
	default:
		return t.askWhere(rendered, at)
	}
}

// askWhere says where the listener stopped an episode, and asks whether to go on from there.
func (t *Dialog) askWhere(s *rendering.Rendered, at time.Duration) conversation.Answer {
	message := phrases.StoppedAt
	if at < time.Minute {
		message = phrases.StoppedEarly
	}
	a := t.Say(message, phrases.Params{Title: t.PostName(s.Post, s), Number: int(at.Minutes())}).
		FocusOn(s.Post, session.FocusPost).Ask(conversation.PromptWhere)
	a.Card, a.Directives = t.PostCard(s), t.ShowPost(s, s.Excerpt)
	return a
}

// AskWhereAgain repeats the question of askWhere.
func (t *Dialog) AskWhereAgain() conversation.Answer {
	post, kept := t.CurrentPost()
	if at := t.stopOf(post); kept && at > 0 {
		return t.askWhere(t.Render(post), at)
	}
	return t.AnnounceCurrent()
}

// PlayFromBeginning plays the current post, although the listener stopped it in the middle.
func (t *Dialog) PlayFromBeginning() conversation.Answer {
	if post, ok := t.CurrentPost(); ok {
		return t.playFrom(post, 0)
	}
	return t.SayPostGone()
}

// playFrom plays a post's audio from an offset. It names the post if the offset is 0.
func (t *Dialog) playFrom(p feed.Post, offset time.Duration) conversation.Answer {
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
func (t *Dialog) startEpisode(p feed.Post, start episodeStart) conversation.Answer {
	rendered := t.Render(p)
	switch {
	case rendered.Audio.URL == "":
		return t.explainNotPlayable(rendered, phrases.NoAudio)
	case !t.SupportsAudio():
		return t.explainNotPlayable(rendered, phrases.NoPlayer)
	case !rendered.IsPlayable():
		return t.explainNotPlayable(rendered, phrases.NotSecure)
	}
	a := t.NewAnswer()
	if start.said != "" {
		a = a.Say(start.said, phrases.Params{Title: t.PostName(p, rendered), Date: t.DateText(p)})
	}
	a.Directives = []alexa.Directive{t.playDirective(rendered, start.token, start.offset)}
	return a
}

// explainNotPlayable announces a post that cannot be played and says why. It offers the text, or goes on with the text
// if the post is being read.
func (t *Dialog) explainNotPlayable(s *rendering.Rendered, why phrases.Message) conversation.Answer {
	switch {
	case t.State.Focus != session.FocusText || t.State.Post != session.RefOf(s.Post):
		a := t.NewAnswer()
		if !t.IsAnnounced(s.Post) {
			a = t.Announce(phrases.ThePost, s.Post, phrases.Params{})
		}
		return a.Say(why, phrases.Params{}).Ask(t.ChoosePrompt(s))
	case t.State.Part >= len(s.Turns):
		return t.AppendPostEnd(t.Say(why, phrases.Params{}), s.Post)
	}
	return t.Say(why, phrases.Params{}).Ask(conversation.PromptReadOn)
}

// playDirective returns the directive that starts the stream, in the queue of a token. Its token identifies the post, so that
// a later session can find it.
func (t *Dialog) playDirective(s *rendering.Rendered, queue playback.PlayToken, offset time.Duration) alexa.Play {
	return alexa.Play{
		URL: s.Audio.URL, Token: t.tokenOf(s.Post, queue).String(), Offset: offset, Title: s.ShownTitle, Subtitle: t.Blog, ArtURL: s.Image,
	}
}

// SkipEpisode plays the next or previous episode. If that does not exist, the current episode goes on.
func (t *Dialog) SkipEpisode(direction func(playback.PlayToken) (conversation.Direction, phrases.Message)) conversation.Answer {
	token, _ := t.playerToken()
	to, none := direction(token)
	current, kept := t.playedPost(token)
	if !kept && token.Position == "" {
		return t.SayPostGone()
	}
	if post, ok := t.NearestPlayable(current, to); ok {
		return t.startEpisode(post, episodeStart{token: token, said: phrases.Playing})
	}
	a := t.Say(none, phrases.Params{})
	if t.IsOneShot() {
		return a
	}
	return a.Ask(conversation.PromptAnythingElse)
}

// maxSkippedEpisodes limits how many unplayable episodes one request skips, because each skipped episode needs a disk
// read.
const maxSkippedEpisodes = 10

// NearestPlayable returns the nearest playable episode in one direction.
func (t *Dialog) NearestPlayable(p feed.Post, to conversation.Direction) (feed.Post, bool) {
	for range maxSkippedEpisodes {
		var ok bool
		if p, ok = to(p, feed.Filter{Episodes: true}); !ok {
			return feed.Post{}, false
		}
		// This code does not call render, because render also parses the text. For ten crafted posts that can take a
		// second.
		if e, _, _ := t.ReadEntry(p.ID, "look up episode"); alexa.Playable(e.Audio.URL) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// RestartEpisode plays the last episode from its beginning.
func (t *Dialog) RestartEpisode() conversation.Answer {
	token, _ := t.playerToken()
	if post, ok := t.playedPost(token); ok {
		return t.startEpisode(post, episodeStart{token: token, said: phrases.Playing})
	}
	return t.SayPostGone()
}
