package handlers

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/phrases"
)

// tokenOf returns the token of a post that is played in the queue of k, or outside of a queue.
func (t *turn) tokenOf(p feed.Post, k playback.PlayToken) playback.PlayToken {
	k.PostID, k.Position = p.ID, string(refOf(p))
	if l := t.listener(); l.Person != "" {
		k.Listener = t.responder.Visits.ListenerKey(l)
	}
	return k
}

// playedPost returns the post of a token. It returns false if the archive has removed the post. Then the result has only
// the publication time, if the token has it. That is enough to find the neighbors.
func (t *turn) playedPost(k playback.PlayToken) (feed.Post, bool) {
	if e, ok, _ := t.readEntry(k.PostID, "look up episode"); ok {
		return e.Post, true
	}
	if post, ok := t.postByRef(ref(k.Position)); ok {
		return post, true
	}
	second, _, ok := ref(k.Position).Decode()
	if !ok {
		return feed.Post{}, false
	}
	return feed.Post{Published: time.Unix(second, 0)}, false
}

// nextEpisodes returns the step to the episode after the played one, and what to say if there is none. The newest episodes
// come first, except in a queue.
func (t *turn) nextEpisodes(k playback.PlayToken) (step, phrases.Message) {
	if k.InQueue() {
		return t.responder.Posts.Newer, phrases.LastNewEpisode
	}
	return t.responder.Posts.Older, phrases.NoOlderEpisode
}

// previousEpisodes returns the step to the episode before the played one, and what to say if there is none. It does not
// leave a queue.
func (t *turn) previousEpisodes(k playback.PlayToken) (step, phrases.Message) {
	if !k.InQueue() {
		return t.responder.Posts.Newer, phrases.NoNewerEpisode
	}
	start, _, _ := ref(k.First).Decode() // for a malformed ref, the queue has all older episodes
	return func(p feed.Post, f feed.Filter) (feed.Post, bool) {
		if string(refOf(p)) == k.First {
			return feed.Post{}, false
		}
		older, ok := t.responder.Posts.Older(p, f)
		return older, ok && older.Published.Unix() >= start
	}, phrases.FirstNewEpisode
}

// handlePlayNew plays the new episodes one after the other, oldest first. If the listener stopped in the middle of them, it
// goes on there, because they do not count as new after the visit.
func (t *turn) handlePlayNew() answer {
	if _, ok := t.latestPost(); !ok {
		return t.sayNoPosts()
	}
	if post, start, ok := t.unfinishedQueue(); ok {
		return t.startEpisode(post, start)
	}
	last, known := t.selector().LastSeen()
	if !known {
		return t.offerLatestEpisode(phrases.FirstVisit)
	}
	first, ok := t.nearestPlayable(last, t.responder.Posts.Newer)
	if !ok {
		return t.offerLatestEpisode(phrases.NoNewEpisodes)
	}
	start := episodeStart{token: playback.PlayToken{First: string(refOf(first))}, said: phrases.PlayingOneNew}
	if _, more := t.responder.Posts.Newer(first, feed.Filter{Episodes: true}); more {
		start.said = phrases.PlayingNew
	}
	return t.startEpisode(first, start)
}

// unfinishedQueue returns where the listener stopped a queue: in this device's player, or else on another device.
func (t *turn) unfinishedQueue() (p feed.Post, start episodeStart, ok bool) {
	player, _ := t.playerState()
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
func (t *turn) offerLatestEpisode(why phrases.Message) answer {
	latest, ok := t.responder.Posts.Newest(feed.Filter{Episodes: true})
	if !ok {
		return t.say(phrases.NoEpisodes, phrases.Params{}).ask(promptAnythingElse)
	}
	return t.say(why, phrases.Params{}).followedBy(t.announce(phrases.LatestEpisode, latest, phrases.Params{}))
}

// enqueueNext returns the directive that plays the next episode of the queue after the current one. The device asks for it
// long before the end of the current episode, and outside of a session.
func (t *turn) enqueueNext(current string) []alexa.Directive {
	k := playback.ParseToken(current)
	if !k.InQueue() || !t.supportsAudio() {
		return nil
	}
	return t.playNext(k, current)
}

// playNext plays the next episode of a queue: after the stream with the token current, or at once if current is "".
func (t *turn) playNext(k playback.PlayToken, current string) []alexa.Directive {
	post, _ := t.playedPost(k)
	next, ok := t.nearestPlayable(post, t.responder.Posts.Newer)
	if rendered := t.render(next); ok && rendered.IsPlayable() {
		play := t.playDirective(rendered, k, 0)
		play.ExpectedPrevious = current
		return []alexa.Directive{play}
	}
	return nil
}
