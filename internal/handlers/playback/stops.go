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

// A BookmarkStore is a conversation.VisitStore.
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

// Keep stores where the listener started or stopped an episode. The start counts too, so that an earlier place, such as that
// of a skipped episode, is not the last one.
func (s Stops) Keep(token string, at time.Duration) {
	if at < ShortestStop {
		at = 0
	}
	if token != "" && len(token) <= maxToken {
		s.Store.KeepEpisode(s.listenerOf(ParseToken(token)), strconv.FormatInt(at.Milliseconds(), 10)+" "+token)
	}
}

// Forget removes the place of an episode that ended. It keeps the place of another episode.
func (s Stops) Forget(token string) {
	if k := ParseToken(token); s.isLast(k) {
		s.Store.KeepEpisode(s.listenerOf(k), "")
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
