package playback

import (
	"strconv"
	"strings"
	"time"

	"lastpost/internal/feed"
)

// ShortestStop is the first position that counts as a place to go on from.
const ShortestStop = 15 * time.Second

// MaxPosition limits positions in an episode, so that sums cannot overflow.
const MaxPosition = 1000 * time.Hour

// An EpisodeStop is where a listener stopped an episode.
type EpisodeStop struct {
	Token PlayToken
	At    time.Duration // from 0 to MaxPosition
}

// A BookmarkStore is a handlers.VisitStore.
type BookmarkStore interface {
	Bookmark(l feed.Listener) feed.Bookmark
	KeepEpisode(l feed.Listener, position string)
}

// Stops are the bookmarks of an account. Reports of the player do not name a person, so the tokens do.
type Stops struct {
	Store   BookmarkStore
	Account string
}

// Last returns where a listener stopped, on any device. It returns false if there is no such place.
func (s Stops) Last(l feed.Listener) (EpisodeStop, bool) {
	position, token, _ := strings.Cut(s.Store.Bookmark(l).Episode, " ")
	ms, err := strconv.ParseInt(position, 10, 64)
	if err != nil || ms < 0 || token == "" {
		return EpisodeStop{}, false
	}
	return EpisodeStop{ParseToken(token), time.Duration(min(ms, MaxPosition.Milliseconds())) * time.Millisecond}, true
}

// Keep stores where the listener stopped an episode. A stop at the beginning of an episode removes its earlier place, and
// keeps only the place in a queue.
func (s Stops) Keep(token string, at time.Duration) {
	switch k := ParseToken(token); {
	case at >= ShortestStop:
		s.put(token, at)
	case k.InQueue():
		s.put(token, 0)
	default:
		s.Forget(token)
	}
}

// KeepQueue stores which episode of a queue plays now. So the listener can go on with the queue, and a skipped episode is
// not the place to go on.
func (s Stops) KeepQueue(token string) {
	if k := ParseToken(token); k.InQueue() && !s.isLast(k) {
		s.put(token, 0)
	}
}

// Forget removes the place of an episode that ended. It keeps the place of another episode.
func (s Stops) Forget(token string) {
	if k := ParseToken(token); s.isLast(k) {
		s.Store.KeepEpisode(s.listenerOf(k), "")
	}
}

func (s Stops) put(token string, at time.Duration) {
	if token != "" && len(token) <= maxToken {
		s.Store.KeepEpisode(s.listenerOf(ParseToken(token)), strconv.FormatInt(at.Milliseconds(), 10)+" "+token)
	}
}

// isLast reports whether the stored place of the token's listener is in the token's episode.
func (s Stops) isLast(k PlayToken) bool {
	last, ok := s.Last(s.listenerOf(k))
	return ok && last.Token.PostID == k.PostID
}

// listenerOf returns the listener who asked for an episode.
func (s Stops) listenerOf(k PlayToken) feed.Listener {
	return feed.Listener{Account: s.Account, Key: k.Listener}
}
