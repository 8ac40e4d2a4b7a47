package handlers

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// A sessionState is the state of a conversation. Alexa stores it in the session attributes, so it is untrusted input.
// decodeState ignores an invalid state, and a valid state refers only to public posts. Its JSON takes less than 1 KiB.
type sessionState struct {
	Version int       `json:"v"`
	Prompt  prompt    `json:"q,omitempty"` // the question that a yes or no answers
	Focus   focus     `json:"t,omitempty"`
	Post    ref       `json:"p,omitempty"` // the last announced post
	Part    int       `json:"n,omitempty"` // the part of Post that was read last, from 1
	Text    uint32    `json:"f,omitempty"` // fingerprint of the text that Part belongs to
	List    *postList `json:"l,omitempty"` // the list whose page was named last
	Since   ref       `json:"s,omitempty"` // the newest post at the listener's previous visit

	// Requests that were not understood: in the session (modulo maxFallbacks), and directly before this request.
	Fallbacks      int `json:"u,omitempty"`
	FallbacksInRow int `json:"r,omitempty"`

	Unheard bool     `json:"h,omitempty"` // the listener did not hear Part to its end, so the reading goes on at its beginning
	Spoken  *reading `json:"x,omitempty"` // what the last answer read aloud; nil for nothing
	Key     string   `json:"k,omitempty"` // identifies the listener with whom the session began; see feed.Listener
}

// stateVersion is the version of this format. A state of another version is ignored.
const stateVersion = 1

// stateAttribute is the session attribute that holds the state.
const stateAttribute = "lastpost"

// A focus is the subject of requests such as "next" and "repeat".
type focus string

const (
	focusNone focus = ""
	focusPost focus = "post" // Post was announced
	focusText focus = "text" // Post is being read
	focusList focus = "list" // a page of List was named
)

// A postList is a page of posts and the query that selected the posts.
type postList struct {
	Source listSource `json:"o"`
	Query  string     `json:"w,omitempty"` // an AMAZON.DATE, search words or a category, depending on Source
	Offset int        `json:"i,omitempty"` // number of posts before the page
	Page   []ref      `json:"p"`
	Series *series    `json:"r,omitempty"` // set if the list's posts are read one after the other; see series.go
}

// A reading is what one answer read aloud: from a part of a post to the state's Part.
type reading struct {
	Post  ref    `json:"p"`
	Part  int    `json:"n"`
	Text  uint32 `json:"f,omitempty"` // fingerprint of the text that Part belongs to
	Posts int    `json:"c,omitempty"` // number of posts of a series that the answer began after Post
	At    int64  `json:"a,omitempty"` // when the answer was given, in seconds since 1970
	Last  bool   `json:"l,omitempty"` // the answer read the end of the post, or of the series
}

// Limits of a sessionState's values.
const (
	maxParts  = 10_000
	maxOffset = 1_000_000
	maxQuery  = 256 // bytes
	maxSecond = 1 << 40
	maxKey    = 22
)

// decodeState returns the state of a request. It returns the zero state if the request does not contain a valid state.
func decodeState(e *alexa.Envelope) sessionState {
	var state sessionState
	if e.Session == nil || e.Session.New {
		return state
	}
	raw := e.Session.Attributes[stateAttribute]
	if json.Unmarshal(raw, &state) != nil || !state.isValid() {
		return sessionState{}
	}
	return state
}

// isValid reports whether this service could have written the state. It protects handlers from forged session
// attributes.
func (s sessionState) isValid() bool {
	if s.Version != stateVersion || s.Part < 0 || s.Part > maxParts || !s.Post.isValid() || !s.Since.isValid() {
		return false
	}
	if s.Fallbacks < 0 || s.Fallbacks >= maxFallbacks || s.FallbacksInRow < 0 || s.FallbacksInRow >= fallbacksInRow {
		return false
	}
	if s.Spoken != nil && !s.Spoken.isValid() || len(s.Key) > maxKey || s.Key != sanitizeText(s.Key) {
		return false
	}
	if s.Prompt == promptList && s.List == nil {
		return false
	}
	spec, known := s.Prompt.spec()
	if !known || spec.focus != focusNone && spec.focus != s.Focus || s.List != nil && !s.List.isValid() {
		return false
	}
	switch s.Focus {
	case focusNone:
		return true
	case focusPost:
		return s.Post != ""
	case focusText:
		return s.Post != "" && s.Part > 0
	case focusList:
		return s.List != nil
	}
	return false
}

func (r reading) isValid() bool {
	return r.Post != "" && r.Post.isValid() && r.Part > 0 && r.Part <= maxParts && r.Posts >= 0 && r.Posts <= maxSeriesPosts &&
		r.At >= 0 && r.At < maxSecond
}

func (s series) isValid() bool {
	return s.Read > 0 && s.Read <= maxOffset && s.Began >= 0 && s.Began < maxSecond && s.Since.isValid()
}

// isValid reports whether this service could have written the list. Query must be sanitized text: a character such as
// \u0001 would take six times its size in the next response and could exceed Amazon's limit.
func (l *postList) isValid() bool {
	if l.Offset < 0 || l.Offset > maxOffset || l.Query != sanitizeText(l.Query) || len(l.Page) == 0 || len(l.Page) > pageLength {
		return false
	}
	if l.Series != nil && !l.Series.isValid() {
		return false
	}
	for _, r := range l.Page {
		if r == "" || !r.isValid() {
			return false
		}
	}
	return l.Source.isKnown()
}

// nextPart returns the part that the reading goes on with.
func (s sessionState) nextPart() int {
	if s.Unheard {
		return s.Part
	}
	return s.Part + 1
}

// A ref identifies a post. It is shorter than the post's id, which can have 512 bytes. It consists of the publication
// second and a hash of the id, both in base 36. The empty ref does not identify a post.
type ref string

const base = 36

func refOf(p feed.Post) ref {
	return ref(strconv.FormatInt(p.Published.Unix(), base) + "." + strconv.FormatUint(uint64(hash32(p.ID)), base))
}

// hash32 returns the 32-bit FNV-1a hash.
func hash32(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never returns an error
	return h.Sum32()
}

// decode splits a ref into its second and hash.
func (r ref) decode() (second int64, id uint32, ok bool) {
	before, after, _ := strings.Cut(string(r), ".")
	second, err := strconv.ParseInt(before, base, 64)
	if err != nil {
		return 0, 0, false
	}
	sum, err := strconv.ParseUint(after, base, 32)
	return second, uint32(sum), err == nil
}

// isValid reports whether the ref is empty or well-formed.
func (r ref) isValid() bool {
	_, _, ok := r.decode()
	return r == "" || ok && len(r) <= 32
}

// postByRef returns the post that a ref identifies, or false if the archive has removed it.
func (t *turn) postByRef(r ref) (feed.Post, bool) {
	second, id, ok := r.decode()
	if !ok {
		return feed.Post{}, false
	}
	return t.responder.Posts.At(second, func(p feed.Post) bool { return hash32(p.ID) == id })
}

// sanitizeText prepares a listener's words for the state and for speech. It removes unprintable characters and limits
// the length.
func sanitizeText(words string) string {
	words = strings.ToValidUTF8(words, "")
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if len(words) <= maxQuery {
		return words
	}
	if space := strings.LastIndexByte(words[:maxQuery+1], ' '); space > 0 {
		return words[:space]
	}
	return strings.ToValidUTF8(words[:maxQuery], "")
}
