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
type place struct {
	Version int      `json:"v"`
	Asked   question `json:"q,omitempty"` // what a yes and a no answer
	Topic   topic    `json:"t,omitempty"`
	Post    ref      `json:"p,omitempty"` // the post that was named last
	Part    int      `json:"n,omitempty"` // of Post, which is being read: from 1
	Text    uint32   `json:"f,omitempty"` // fingerprint of the text that Part is a part of
	List    *list    `json:"l,omitempty"` // the list that was named last
	Since   ref      `json:"s,omitempty"` // the newest post at the listener's last visit
}

// placeVersion is that of the form above. A conversation that a service of another version began goes on without its place.
const placeVersion = 1

// placeAttribute is the session attribute that holds the place.
const placeAttribute = "lastpost"

// A topic is what "next", "repeat" and the like are about.
type topic string

const (
	onNothing topic = ""
	onPost    topic = "post" // Post was named
	onText    topic = "text" // Post is being read
	onList    topic = "list" // a page of List was named
)

// A list is a page of posts, and where it is from.
type list struct {
	Of    source `json:"o"`
	What  string `json:"w,omitempty"` // an AMAZON.DATE, words or a category, as the source needs it
	First int    `json:"i,omitempty"` // how many posts stand before the page
	Page  []ref  `json:"p"`
}

// Bounds of what a place may hold.
const (
	maxParts = 10_000
	maxFirst = 1_000_000
	maxWhat  = 256 // bytes
)

// placeOf reads the place out of a request; the zero place where there is none.
func placeOf(e *alexa.Envelope) place {
	var p place
	if e.Session == nil || e.Session.New {
		return p
	}
	raw := e.Session.Attributes[placeAttribute]
	if json.Unmarshal(raw, &p) != nil || !p.sound() {
		return place{}
	}
	return p
}

// sound tells whether this could be a place that we have given away.
func (p place) sound() bool {
	if p.Version != placeVersion || p.Part < 0 || p.Part > maxParts || !p.Post.sound() || !p.Since.sound() {
		return false
	}
	form, known := p.Asked.form()
	if !known || form.topic != onNothing && form.topic != p.Topic || p.List != nil && !p.List.sound() {
		return false
	}
	switch p.Topic {
	case onNothing:
		return true
	case onPost:
		return p.Post != ""
	case onText:
		return p.Post != "" && p.Part > 0
	case onList:
		return p.List != nil
	}
	return false
}

// sound tells whether this could be a list of ours. Its words are such as said gives: what is written as \u0001 takes six
// times its room in the next answer.
func (l *list) sound() bool {
	if l.First < 0 || l.First > maxFirst || l.What != said(l.What) || len(l.Page) == 0 || len(l.Page) > pageLength {
		return false
	}
	for _, r := range l.Page {
		if r == "" || !r.sound() {
			return false
		}
	}
	return l.Of.known()
}

// A ref names a post shortly, as ids may have half a kilobyte: the second at which it was published, and a hash of its
// id, in base 36. The zero ref names none.
type ref string

const base = 36

func refOf(p feed.Post) ref {
	return ref(strconv.FormatInt(p.Published.Unix(), base) + "." + strconv.FormatUint(uint64(hash(p.ID)), base))
}

// hash is FNV-1a, of 32 bits.
func hash(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash always takes what it gets
	return h.Sum32()
}

// parts takes a ref apart.
func (r ref) parts() (second int64, id uint32, ok bool) {
	before, after, _ := strings.Cut(string(r), ".")
	second, err := strconv.ParseInt(before, base, 64)
	if err != nil {
		return 0, 0, false
	}
	sum, err := strconv.ParseUint(after, base, 32)
	return second, uint32(sum), err == nil
}

// sound tells whether this is a ref, or none.
func (r ref) sound() bool {
	_, _, ok := r.parts()
	return r == "" || ok && len(r) <= 32
}

// find gives the post that a ref names; false where it is not kept any more.
func (t *turn) find(r ref) (feed.Post, bool) {
	second, id, ok := r.parts()
	if !ok {
		return feed.Post{}, false
	}
	return t.skill.Posts.At(second, func(p feed.Post) bool { return hash(p.ID) == id })
}

// said is what a listener said, as a place and a sentence may hold it: without what cannot be said, and not too much.
func said(words string) string {
	words = strings.ToValidUTF8(words, "")
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if len(words) <= maxWhat {
		return words
	}
	if space := strings.LastIndexByte(words[:maxWhat+1], ' '); space > 0 {
		return words[:space]
	}
	return strings.ToValidUTF8(words[:maxWhat], "")
}
