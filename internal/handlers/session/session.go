// Package session holds the state of a conversation and selects the posts of its lists. It validates what comes back from
// Alexa and from the archive. It does not know prompts and does not speak.
package session

import (
	"encoding/json"
	"strings"
	"unicode"

	"lastpost/internal/feed"
)

// A Prompt is the question at the end of an answer. Package handlers knows its values.
type Prompt string

// PromptReadOn and PromptSeries are the prompts in the middle of a post and of a series.
const (
	PromptReadOn Prompt = "on"
	PromptSeries Prompt = "row"
)

// Limits of the counters of requests that were not understood. MaxFallbacks is a multiple of the usual numbers of
// wordings, so that two fallbacks in a row also have different wordings when the counter starts again.
const (
	MaxFallbacks   = 60
	FallbacksInRow = 3
)

// A State is the state of a conversation. Alexa stores it in the session attributes, so it is untrusted input.
// An invalid state is ignored, and a valid state refers only to public posts. Its JSON takes less than 1 KiB.
type State struct {
	Version int       `json:"v"`
	Prompt  Prompt    `json:"q,omitempty"` // the question that a yes or no answers
	Focus   Focus     `json:"t,omitempty"`
	Post    Ref       `json:"p,omitempty"` // the last announced post
	Part    int       `json:"n,omitempty"` // the part of Post that was read last, from 1
	Text    uint32    `json:"f,omitempty"` // fingerprint of the text that Part belongs to
	List    *PostList `json:"l,omitempty"` // the list whose page was named last
	Since   Ref       `json:"s,omitempty"` // the newest post at the listener's previous visit

	// Requests that were not understood: in the session (modulo MaxFallbacks), and directly before this request.
	Fallbacks      int `json:"u,omitempty"`
	FallbacksInRow int `json:"r,omitempty"`

	Unheard bool     `json:"h,omitempty"` // the listener did not hear Part to its end, so the reading goes on at its beginning
	Spoken  *Reading `json:"x,omitempty"` // what the last answer read aloud; nil for nothing
	Key     string   `json:"k,omitempty"` // identifies the listener with whom the session began; see feed.Listener
}

// Version is the version of this format. A state of another version is ignored.
const Version = 1

// A Focus is the subject of requests such as "next" and "repeat".
type Focus string

// The subjects.
const (
	FocusNone Focus = ""
	FocusPost Focus = "post" // Post was announced
	FocusText Focus = "text" // Post is being read
	FocusList Focus = "list" // a page of List was named
)

// A Reading is what one answer read aloud: from a part of a post to the state's Part.
type Reading struct {
	Post  Ref    `json:"p"`
	Part  int    `json:"n"`
	Text  uint32 `json:"f,omitempty"` // fingerprint of the text that Part belongs to
	Posts int    `json:"c,omitempty"` // number of posts of a series that the answer began after Post
	At    int64  `json:"a,omitempty"` // when the answer was given, in seconds since 1970
	Last  bool   `json:"l,omitempty"` // the answer read the end of the post, or of the series
}

// Limits of a State's values.
const (
	MaxParts  = 10_000
	MaxOffset = 1_000_000
	MaxQuery  = 256 // bytes
	MaxSecond = 1 << 40
	MaxKey    = 22
)

// IsValid reports whether this service could have written the state. It protects handlers from forged session
// attributes.
func (s State) IsValid(promptFits func(State) bool) bool {
	if s.Version != Version || s.Part < 0 || s.Part > MaxParts || !s.Post.IsValid() || !s.Since.IsValid() {
		return false
	}
	if s.Fallbacks < 0 || s.Fallbacks >= MaxFallbacks || s.FallbacksInRow < 0 || s.FallbacksInRow >= FallbacksInRow {
		return false
	}
	if s.Spoken != nil && !s.Spoken.IsValid() || len(s.Key) > MaxKey || s.Key != SanitizeText(s.Key) {
		return false
	}
	if !promptFits(s) || s.List != nil && !s.List.IsValid() {
		return false
	}
	switch s.Focus {
	case FocusNone:
		return true
	case FocusPost:
		return s.Post != ""
	case FocusText:
		return s.Post != "" && s.Part > 0
	case FocusList:
		return s.List != nil
	}
	return false
}

// IsValid reports whether this service could have written the reading.
func (r Reading) IsValid() bool {
	return r.Post != "" && r.Post.IsValid() && r.Part > 0 && r.Part <= MaxParts && r.Posts >= 0 && r.Posts <= MaxSeriesPosts &&
		r.At >= 0 && r.At < MaxSecond
}

// NextPart returns the part that the reading goes on with.
func (s State) NextPart() int {
	if s.Unheard {
		return s.Part
	}
	return s.Part + 1
}

// SanitizeText prepares a listener's words for the state and for speech. It removes unprintable characters and limits
// the length.
func SanitizeText(words string) string {
	words = strings.ToValidUTF8(words, "")
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if len(words) <= MaxQuery {
		return words
	}
	if space := strings.LastIndexByte(words[:MaxQuery+1], ' '); space > 0 {
		return words[:space]
	}
	return strings.ToValidUTF8(words[:MaxQuery], "")
}

// InSeries reports whether the current post is being read as a post of a series.
func (s State) InSeries() bool {
	return s.Focus == FocusText && s.List != nil && s.List.Series != nil && s.List.Page[0] == s.Post
}

// BeforePost returns the state before a post of a series is read.
func (s State) BeforePost(l PostList, p feed.Post) State {
	running := *l.Series
	running.Read, running.Ended = min(running.Read+1, MaxOffset), false
	l.Series, l.Page = &running, []Ref{RefOf(p)}
	s.Focus, s.Post, s.Part, s.Text, s.Unheard, s.List = FocusText, RefOf(p), 1, 0, true, &l
	return s
}

// WithSeries returns a copy of a state whose series can be changed.
func (s State) WithSeries() (State, *Series) {
	l := *s.List
	running := *l.Series
	l.Series, s.List = &running, &l
	return s, &running
}

// At returns the state before a reading.
func (s State) At(r *Reading) State {
	s.Prompt = PromptReadOn
	if s.InSeries() {
		var running *Series
		s, running = s.WithSeries()
		running.Read, running.Ended = max(1, running.Read-r.Posts), false
		s.List.Offset, s.List.Page = max(0, s.List.Offset-r.Posts), []Ref{r.Post}
		s.Prompt = PromptSeries
	}
	s.Focus, s.Post, s.Part, s.Text, s.Unheard = FocusText, r.Post, r.Part, r.Text, true
	return s
}

// Bookmark returns the part of a state that a later session needs, as text.
func (s State) Bookmark() string {
	kept := State{Version: Version, Focus: FocusText, Post: s.Post, Part: s.Part, Text: s.Text, Unheard: s.Unheard}
	if s.InSeries() {
		kept.List = s.List
	}
	raw, _ := json.Marshal(kept) // never fails
	return string(raw)
}
