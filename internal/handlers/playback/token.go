// Package playback says what a device's player plays and where listeners stopped: as tokens of streams, and as bookmarks in
// the archive. It does not choose episodes and does not know the conversation.
package playback

import (
	"strings"
	"unicode/utf8"
)

// A PlayToken says what the device's player plays. Alexa returns it with later requests, also weeks later and to later
// versions. It is untrusted input.
type PlayToken struct {
	PostID   string
	Position string // ref of the post, in case that the archive removes it
	First    string // ref of the oldest episode of the queue of new episodes; "" for an episode outside of a queue
	Listener string // key of the person who asked for the episode; "" if Alexa did not recognize the voice
}

// InQueue reports whether other episodes follow.
func (k PlayToken) InQueue() bool { return k.First != "" }

// tokenPrefix begins each token except those of older versions and those that contain only a post's id.
const tokenPrefix = "lastpost.play:"

// Limits of a PlayToken's text, in bytes. Amazon's limit of the text is 1,024 characters.
const (
	maxToken       = 1024
	maxRef         = 32
	maxListenerKey = 64
)

// String returns the token's text. An id has at most 512 bytes, so the text is within Amazon's limit.
func (k PlayToken) String() string {
	if !k.InQueue() && k.Listener == "" && !strings.HasPrefix(k.PostID, tokenPrefix) {
		return k.PostID
	}
	return tokenPrefix + strings.Join([]string{k.Listener, k.First, k.Position, k.PostID}, ":")
}

// ParseToken parses a token. A text that this service could not have written becomes the id of an unknown post. The refs can
// still be malformed.
func ParseToken(text string) PlayToken {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	fields := strings.SplitN(rest, ":", 4)
	if !ok || len(fields) < 4 || len(text) > maxToken || !utf8.ValidString(text) {
		return PlayToken{PostID: text}
	}
	k := PlayToken{Listener: fields[0], First: fields[1], Position: fields[2], PostID: fields[3]}
	if !isShort(k.Listener, maxListenerKey) || !isShort(k.First, maxRef) || !isShort(k.Position, maxRef) {
		return PlayToken{PostID: text}
	}
	return k
}

// isShort reports whether a text is within a limit and contains only characters of keys and refs.
func isShort(text string, limit int) bool {
	return len(text) <= limit && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-_.", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
