package handlers

import (
	"strings"
	"time"
	"unicode/utf8"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// A playToken says what the device's player plays. Alexa returns it with later requests, also weeks later and to later
// versions. It is untrusted input.
type playToken struct {
	id       string // of the post
	position ref    // of the post, in case that the archive removes it
	first    ref    // the oldest episode of the queue of new episodes; "" for an episode outside of a queue
	listener string // key of the person who asked for the episode; "" if Alexa did not recognize the voice
}

// tokenPrefix begins each token except those of older versions and those that contain only a post's id.
const tokenPrefix = "lastpost.play:"

// Limits of a playToken's text.
const (
	maxPlayToken   = 1024 // bytes; Amazon's limit is 1,024 characters
	maxListenerKey = 64   // bytes
)

// String returns the token's text. An id has at most 512 bytes, so the text is within Amazon's limit.
func (k playToken) String() string {
	if k.first == "" && k.listener == "" && !strings.HasPrefix(k.id, tokenPrefix) {
		return k.id
	}
	return tokenPrefix + strings.Join([]string{k.listener, string(k.first), string(k.position), k.id}, ":")
}

// parsePlayToken parses a token. A text that this service could not have written becomes the id of an unknown post.
func parsePlayToken(text string) playToken {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	fields := strings.SplitN(rest, ":", 4)
	if !ok || len(fields) < 4 || len(text) > maxPlayToken || !utf8.ValidString(text) {
		return playToken{id: text}
	}
	k := playToken{listener: fields[0], first: ref(fields[1]), position: ref(fields[2]), id: fields[3]}
	if !isListenerKey(k.listener) || !k.first.isValid() || !k.position.isValid() {
		return playToken{id: text}
	}
	return k
}

// isListenerKey reports whether a text has the form of a listener's key, or is empty.
func isListenerKey(key string) bool {
	return len(key) <= maxListenerKey && !strings.ContainsFunc(key, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// tokenOf returns the token of a post that is played in the queue of k, or outside of a queue.
func (t *turn) tokenOf(p feed.Post, k playToken) playToken {
	k.id, k.position = p.ID, refOf(p)
	if l := t.listener(); l.Person != "" {
		k.listener = t.responder.Visits.ListenerKey(l)
	}
	return k
}

// playedPost returns the post of a token. It returns false if the archive has removed the post. Then the result has only
// the publication time, if the token has it. That is enough to find the neighbors.
func (t *turn) playedPost(k playToken) (feed.Post, bool) {
	if e, ok, _ := t.readEntry(k.id, "look up episode"); ok {
		return e.Post, true
	}
	if post, ok := t.postByRef(k.position); ok {
		return post, true
	}
	second, _, ok := k.position.decode()
	if !ok {
		return feed.Post{}, false
	}
	return feed.Post{Published: time.Unix(second, 0)}, false
}

// nextEpisodes returns the step to the episode after the played one, and what to say if there is none. The newest episodes
// come first, except in a queue.
func (t *turn) nextEpisodes(k playToken) (step, phrases.Message) {
	if k.first != "" {
		return t.responder.Posts.Newer, phrases.LastNewEpisode
	}
	return t.responder.Posts.Older, phrases.NoOlderEpisode
}

// previousEpisodes returns the step to the episode before the played one, and what to say if there is none. It does not
// leave a queue.
func (t *turn) previousEpisodes(k playToken) (step, phrases.Message) {
	if k.first == "" {
		return t.responder.Posts.Newer, phrases.NoNewerEpisode
	}
	start, _, _ := k.first.decode() // parsePlayToken rejects malformed refs
	return func(p feed.Post, f feed.Filter) (feed.Post, bool) {
		if refOf(p) == k.first {
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
	last, known := t.lastSeen()
	if !known {
		return t.offerLatestEpisode(phrases.FirstVisit)
	}
	first, ok := t.nearestPlayable(last, t.responder.Posts.Newer)
	if !ok {
		return t.offerLatestEpisode(phrases.NoNewEpisodes)
	}
	start := episodeStart{token: playToken{first: refOf(first)}, said: phrases.PlayingOneNew}
	if _, more := t.responder.Posts.Newer(first, feed.Filter{Episodes: true}); more {
		start.said = phrases.PlayingNew
	}
	return t.startEpisode(first, start)
}

// unfinishedQueue returns where the listener stopped a queue: in this device's player, or else on another device.
func (t *turn) unfinishedQueue() (p feed.Post, start episodeStart, ok bool) {
	player, _ := t.playerState()
	if k, used := t.playerToken(); used && k.first != "" && player.Activity != "FINISHED" {
		p, ok = t.playedPost(k)
		return p, t.resumedStart(k), ok
	}
	if start, ok = t.lastStop(); !ok || start.token.first == "" {
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
	k := parsePlayToken(current)
	if k.first == "" || !t.supportsAudio() {
		return nil
	}
	return t.playNext(k, current)
}

// playNext plays the next episode of a queue: after the stream with the token current, or at once if current is "".
func (t *turn) playNext(k playToken, current string) []alexa.Directive {
	post, _ := t.playedPost(k)
	next, ok := t.nearestPlayable(post, t.responder.Posts.Newer)
	if rendered := t.render(next); ok && rendered.IsPlayable() {
		play := t.playDirective(rendered, k, 0)
		play.ExpectedPrevious = current
		return []alexa.Directive{play}
	}
	return nil
}
