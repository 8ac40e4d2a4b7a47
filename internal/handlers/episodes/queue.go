package episodes

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// tokenOf returns the token of a post that is played in the queue of k, or outside of a queue.
func (t *Dialog) tokenOf(p feed.Post, k playback.PlayToken) playback.PlayToken {
	k.PostID, k.Position = p.ID, string(session.RefOf(p))
	if l := t.Listener(); l.Person != "" {
		k.Listener = t.Env.Visits.ListenerKey(l)
	}
	return k
}

// playedPost returns the post of a token. It returns false if the archive has removed the post. Then the result has only
// the publication time, if the token has it. That is enough to find the neighbors.
func (t *Dialog) playedPost(k playback.PlayToken) (feed.Post, bool) {
	if e, ok, _ := t.ReadEntry(k.PostID, "look up episode"); ok {
		return e.Post, true
	}
	if post, ok := t.PostByRef(session.Ref(k.Position)); ok {
		return post, true
	}
	second, _, ok := session.Ref(k.Position).Decode()
	if !ok {
		return feed.Post{}, false
	}
	return feed.Post{Published: time.Unix(second, 0)}, false
}

// NextEpisodes returns the step to the episode after the played one, and what to say if there is none. The newest episodes
// come first, except in a queue.
func (t *Dialog) NextEpisodes(k playback.PlayToken) (conversation.Direction, phrases.Message) {
	if k.InQueue() {
		return t.Env.Posts.Newer, phrases.LastNewEpisode
	}
	return t.Env.Posts.Older, phrases.NoOlderEpisode
}

// PreviousEpisodes returns the step to the episode before the played one, and what to say if there is none. It does not
// leave a queue.
func (t *Dialog) PreviousEpisodes(k playback.PlayToken) (conversation.Direction, phrases.Message) {
	if !k.InQueue() {
		return t.Env.Posts.Newer, phrases.NoNewerEpisode
	}
	start, _, _ := session.Ref(k.First).Decode() // for a malformed ref, the queue has all older episodes
	return func(p feed.Post, f feed.Filter) (feed.Post, bool) {
		if string(session.RefOf(p)) == k.First {
			return feed.Post{}, false
		}
		older, ok := t.Env.Posts.Older(p, f)
		return older, ok && older.Published.Unix() >= start
	}, phrases.FirstNewEpisode
}

// HandlePlayNew plays the new episodes one after the other, oldest first. If the listener stopped in the middle of them, it
// goes on there, because they do not count as new after the visit.
func (t *Dialog) HandlePlayNew() conversation.Answer {
	if _, ok := t.LatestPost(); !ok {
		return t.SayNoPosts()
	}
	if post, start, ok := t.unfinishedQueue(); ok {
		return t.startEpisode(post, start)
	}
	last, known := t.Selector().LastSeen()
	if !known {
		return t.offerLatestEpisode(phrases.FirstVisit)
	}
	first, ok := t.NearestPlayable(last, t.Env.Posts.Newer)
	if !ok {
		return t.offerLatestEpisode(phrases.NoNewEpisodes)
	}
	start := episodeStart{token: playback.PlayToken{First: string(session.RefOf(first))}, said: phrases.PlayingOneNew}
	if _, more := t.Env.Posts.Newer(first, feed.Filter{Episodes: true}); more {
		start.said = phrases.PlayingNew
	}
	return t.startEpisode(first, start)
}

// unfinishedQueue returns where the listener stopped a queue: in this device's player, or else on another device.
func (t *Dialog) unfinishedQueue() (p feed.Post, start episodeStart, ok bool) {
	player, _ := t.PlayerState()
	if k, used := t.playerToken(); used && k.InQueue() && player.Activity != "FINISHED" {
		p, ok = t.playedPost(k)
		return p, t.resumedStart(k), ok
	}
	if start, ok = t.lastStop(); !ok || !start.token.InQueue() {
		return feed.Post{}, start, false
	}
	p, ok = t.playedPost(start.token)
	return p, start, ok
}

// offerLatestEpisode says why a request for episodes failed, and offers the latest episode.
func (t *Dialog) offerLatestEpisode(why phrases.Message) conversation.Answer {
	latest, ok := t.Env.Posts.Newest(feed.Filter{Episodes: true})
	if !ok {
		return t.Say(phrases.NoEpisodes, phrases.Params{}).Ask(conversation.PromptAnythingElse)
	}
	return t.Say(why, phrases.Params{}).FollowedBy(t.Announce(phrases.LatestEpisode, latest, phrases.Params{}))
}

// enqueueNext returns the directive that plays the next episode of the queue after the current one. The device asks for it
// long before the end of the current episode, and outside of a session.
func (t *Dialog) enqueueNext(current string) []alexa.Directive {
	k := playback.ParseToken(current)
	if !k.InQueue() || !t.SupportsAudio() {
		return nil
	}
	return t.playNext(k, current)
}

// playNext plays the next episode of a queue: after the stream with the token current, or at once if current is "".
func (t *Dialog) playNext(k playback.PlayToken, current string) []alexa.Directive {
	post, _ := t.playedPost(k)
	next, ok := t.NearestPlayable(post, t.Env.Posts.Newer)
	if rendered := t.Render(next); ok && rendered.IsPlayable() {
		play := t.playDirective(rendered, k, 0)
		play.ExpectedPrevious = current
		return []alexa.Directive{play}
	}
	return nil
}
