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

// A place is where the conversation stands. It travels in Alexa's session attributes, through the listener's device, so
// it is input like any other: what does not make sense is no place at all, and what does names public posts alone. It
// takes less than a kilobyte.
type sessionState struct {
	Version int       `json:"v"`
	Prompt  prompt    `json:"q,omitempty"` // what a yes and a no answer
	Focus   focus     `json:"t,omitempty"`
	Post    ref       `json:"p,omitempty"` // the post that was named last
	Part    int       `json:"n,omitempty"` // of Post, which is being read: from 1
	Text    uint32    `json:"f,omitempty"` // fingerprint of the text that Part is a part of
	List    *postList `json:"l,omitempty"` // the list that was named last
	Since   ref       `json:"s,omitempty"` // the newest post at the listener's last visit
}

// stateVersion is that of the form above. A conversation that a service of another version began goes on without its place.
const stateVersion = 1

// stateAttribute is the session attribute that holds the place.
const stateAttribute = "lastpost"

// A topic is what "next", "repeat" and the like are about.
type focus string

const (
	focusNone focus = ""
	focusPost focus = "post" // Post was named
	focusText focus = "text" // Post is being read
	focusList focus = "list" // a page of List was named
)

// A list is a page of posts, and where it is from.
type postList struct {
	Source listSource `json:"o"`
	Query  string     `json:"w,omitempty"` // an AMAZON.DATE, words or a category, as the source needs it
	Offset int        `json:"i,omitempty"` // how many posts stand before the page
	Page   []ref      `json:"p"`
}

// Bounds of what a place may hold.
const (
	maxParts  = 10_000
	maxOffset = 1_000_000
	maxQuery  = 256 // bytes
)

// decodeState reads the place out of a request; the zero place where there is none.
func decodeState(e *alexa.Envelope) sessionState {
	var p sessionState
	if e.Session == nil || e.Session.New {
		return p
	}
	raw := e.Session.Attributes[stateAttribute]
	if json.Unmarshal(raw, &p) != nil || !p.isValid() {
		return sessionState{}
	}
	return p
}

// isValid tells whether this could be a place that we have given away.
func (p sessionState) isValid() bool {
	if p.Version != stateVersion || p.Part < 0 || p.Part > maxParts || !p.Post.isValid() || !p.Since.isValid() {
		return false
	}
	form, known := p.Prompt.spec()
	if !known || form.focus != focusNone && form.focus != p.Focus || p.List != nil && !p.List.isValid() {
		return false
	}
	switch p.Focus {
	case focusNone:
		return true
	case focusPost:
		return p.Post != ""
	case focusText:
		return p.Post != "" && p.Part > 0
	case focusList:
		return p.List != nil
	}
	return false
}

// isValid tells whether this could be a list of ours. Its words are such as said gives: what is written as \u0001 takes six
// times its room in the next answer.
func (l *postList) isValid() bool {
	if l.Offset < 0 || l.Offset > maxOffset || l.Query != sanitizeText(l.Query) || len(l.Page) == 0 || len(l.Page) > pageLength {
		return false
	}
	for _, r := range l.Page {
		if r == "" || !r.isValid() {
			return false
		}
	}
	return l.Source.isKnown()
}

// A ref names a post shortly, as ids may have half a kilobyte: the second at which it was published, and a hash of its
// id, in base 36. The zero ref names none.
type ref string

const base = 36

func refOf(p feed.Post) ref {
	return ref(strconv.FormatInt(p.Published.Unix(), base) + "." + strconv.FormatUint(uint64(hash32(p.ID)), base))
}

// hash32 is FNV-1a, of 32 bits.
func hash32(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash always takes what it gets
	return h.Sum32()
}

// decode takes a ref apart.
func (r ref) decode() (second int64, id uint32, ok bool) {
	before, after, _ := strings.Cut(string(r), ".")
	second, err := strconv.ParseInt(before, base, 64)
	if err != nil {
		return 0, 0, false
	}
	sum, err := strconv.ParseUint(after, base, 32)
	return second, uint32(sum), err == nil
}

// isValid tells whether this is a ref, or none.
func (r ref) isValid() bool {
	_, _, ok := r.decode()
	return r == "" || ok && len(r) <= 32
}

// postByRef gives the post that a ref names; false where it is not kept any more.
func (t *turn) postByRef(r ref) (feed.Post, bool) {
	second, id, ok := r.decode()
	if !ok {
		return feed.Post{}, false
	}
	return t.responder.Posts.At(second, func(p feed.Post) bool { return hash32(p.ID) == id })
}

// sanitizeText is what a listener said, as a place and a sentence may hold it: without what cannot be said, and not too much.
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
