package handlers

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// requestWithState is a request that brings something back as the place.
func requestWithState(raw string) *alexa.Envelope {
	attributes := map[string]json.RawMessage{stateAttribute: json.RawMessage(raw)}
	return &alexa.Envelope{Session: &alexa.Session{Attributes: attributes}}
}

// IsValidState tells whether what was given away as the place is taken for it when it comes back.
func IsValidState(raw string) bool { return decodeState(requestWithState(raw)).Version == stateVersion }

// validStates are such as a conversation comes to.
func validStates() map[string]sessionState {
	page := postList{Source: sourceNewest, Page: []ref{"th4k00.1", "th4k00.2"}}
	return map[string]sessionState{
		"nothing was said":       {Version: 1, Prompt: promptOpen},
		"a listener came back":   {Version: 1, Prompt: promptAnythingElse, Since: "th4k00.zzz"},
		"a post":                 {Version: 1, Prompt: promptRead, Focus: focusPost, Post: "-5.0"},
		"a post that was read":   {Version: 1, Prompt: promptReadOn, Focus: focusText, Post: "th4k00.1", Part: 2, Text: math.MaxUint32},
		"a list":                 {Version: 1, Prompt: promptChooseOrMore, Focus: focusList, List: &page},
		"a post of a list":       {Version: 1, Prompt: promptReadNext, Focus: focusText, Post: "th4k00.2", Part: 1, Text: 1, List: &page},
		"a list after something": {Version: 1, Prompt: promptAnythingElse, Focus: focusList, Post: "th4k00.2", List: &postList{Source: sourceSearch, Query: `a "b" <c>`, Offset: 57, Page: []ref{"1.1"}}},
	}
}

func TestStateRoundTrip(t *testing.T) {
	for name, want := range validStates() {
		raw, err := json.Marshal(want)
		require.NoError(t, err)
		require.Equal(t, want, decodeState(requestWithState(string(raw))), name)
	}
}

func TestMissingState(t *testing.T) {
	require.Zero(t, decodeState(&alexa.Envelope{}), "without a session")
	e := requestWithState(`{"v":1,"q":"what"}`)
	require.Equal(t, promptOpen, decodeState(e).Prompt)
	e.Session.New = true
	require.Zero(t, decodeState(e), "a session that begins")
	delete(e.Session.Attributes, stateAttribute)
	e.Session.New = false
	require.Zero(t, decodeState(e), "without the attribute")
}

// TestRejectsInvalidState is not taken for one: each row breaks one rule, and no other.
func TestRejectsInvalidState(t *testing.T) {
	const page = `"p":["th4k00.1"]`
	for claim, raw := range map[string]string{
		"no JSON":                          `{`,
		"null":                             `null`,
		"another type":                     `[]`,
		"a string":                         `"{\"v\":1}"`,
		"no version":                       `{"q":"what"}`,
		"an older version":                 `{"v":0,"q":"what"}`,
		"a newer version":                  `{"v":2,"q":"what"}`,
		"a version of another type":        `{"v":"1","q":"what"}`,
		"an unknown question":              `{"v":1,"q":"why"}`,
		"a question of another type":       `{"v":1,"q":7}`,
		"an unknown topic":                 `{"v":1,"q":"else","t":"weather"}`,
		"a post without its ref":           `{"v":1,"q":"read","t":"post"}`,
		"a ref without a hash":             `{"v":1,"q":"read","t":"post","p":"th4k00"}`,
		"a ref without an instant":         `{"v":1,"q":"read","t":"post","p":".1"}`,
		"a ref of other letters":           `{"v":1,"q":"read","t":"post","p":"th-4k.1"}`,
		"a hash that is too large":         `{"v":1,"q":"read","t":"post","p":"th4k00.zzzzzzzz"}`,
		"an instant that is too large":     `{"v":1,"q":"read","t":"post","p":"zzzzzzzzzzzzzz.1"}`,
		"a ref with zeros without an end":  `{"v":1,"q":"read","t":"post","p":"` + strings.Repeat("0", 40) + `1.1"}`,
		"words that cannot be said":        `{"v":1,"q":"which","t":"list","l":{"o":"words","w":"` + strings.Repeat(`\u0001`, 200) + `",` + page + `}}`,
		"a visit that is no ref":           `{"v":1,"q":"else","s":"yesterday"}`,
		"reading without a post":           `{"v":1,"q":"on","t":"text","n":1}`,
		"reading no part":                  `{"v":1,"q":"on","t":"text","p":"th4k00.1"}`,
		"reading a part before the first":  `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":-1}`,
		"a part beyond all posts":          `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":10001}`,
		"a part before the first, unread":  `{"v":1,"q":"else","t":"post","p":"th4k00.1","n":-1}`,
		"a part that is no whole number":   `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":1.5}`,
		"a fingerprint below none":         `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":1,"f":-1}`,
		"a question about another topic":   `{"v":1,"q":"on","t":"post","p":"th4k00.1","n":1}`,
		"the next of what was not read":    `{"v":1,"q":"next","t":"post","p":"th4k00.1"}`,
		"which one of no list":             `{"v":1,"q":"which"}`,
		"a number of no list":              `{"v":1,"q":"last","t":"post","p":"th4k00.1"}`,
		"a list without its list":          `{"v":1,"q":"which","t":"list"}`,
		"a list of nothing":                `{"v":1,"q":"which","t":"list","l":{"o":"newest"}}`,
		"a list of too much":               `{"v":1,"q":"which","t":"list","l":{"o":"newest","p":["1.1","1.2","1.3","1.4"]}}`,
		"a list of an empty ref":           `{"v":1,"q":"which","t":"list","l":{"o":"newest","p":[""]}}`,
		"a list of what is no ref":         `{"v":1,"q":"which","t":"list","l":{"o":"newest","p":["x y"]}}`,
		"a list from before its beginning": `{"v":1,"q":"which","t":"list","l":{"o":"words","w":"x","i":-5,` + page + `}}`,
		"a list from too far away":         `{"v":1,"q":"which","t":"list","l":{"o":"newest","i":1000001,` + page + `}}`,
		"a list from nowhere":              `{"v":1,"q":"which","t":"list","l":{` + page + `}}`,
		"a list from somewhere":            `{"v":1,"q":"which","t":"list","l":{"o":"moon",` + page + `}}`,
		"a list of too many words":         `{"v":1,"q":"which","t":"list","l":{"o":"words","w":"` + strings.Repeat("x", 257) + `",` + page + `}}`,
		"a bad list that is not the topic": `{"v":1,"q":"else","t":"post","p":"th4k00.1","l":{"o":"words","w":"x","i":-5,` + page + `}}`,
		"a bad list without a topic":       `{"v":1,"q":"else","l":{"o":"newest"}}`,
	} {
		require.Zero(t, decodeState(requestWithState(raw)), claim)
	}
}

// TestStateIsSmall has the longest of all that a listener can say in them, and the longest of all else.
func TestStateIsSmall(t *testing.T) {
	longest := refOf(feed.Post{ID: "y", Published: time.Unix(math.MinInt64, 0)})
	require.True(t, longest.isValid())
	for _, words := range []string{`"`, `\`, "<", "&", "é", "𝒱", "\u2028", "\x00", "\x7f", "\xff", "a ", "\t\"", "\ufffd"} {
		what := sanitizeText(strings.Repeat(words, 3000))
		require.LessOrEqual(t, len(what), maxQuery)
		p := sessionState{
			Version: stateVersion, Prompt: promptChooseOrMore, Focus: focusList, Post: longest, Part: maxParts, Text: math.MaxUint32, Since: longest,
			List: &postList{Source: sourceCategory, Query: what, Offset: maxOffset, Page: []ref{longest, longest, longest}},
		}
		require.True(t, p.isValid())
		ask := &alexa.Response{ShouldEndSession: new(false), Attributes: map[string]any{stateAttribute: p}}
		raw, err := alexa.Encode(ask)
		require.NoError(t, err)
		var sent struct {
			SessionAttributes json.RawMessage `json:"sessionAttributes"`
		}
		require.NoError(t, json.Unmarshal(raw, &sent))
		require.Less(t, len(sent.SessionAttributes), 1024, "%q", words)
		var back map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(sent.SessionAttributes, &back))
		require.Equal(t, p, decodeState(requestWithState(string(back[stateAttribute]))), "%q", words)
	}
}

func TestRefs(t *testing.T) {
	for _, second := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1773403200} {
		p := feed.Post{ID: "https://blog.test/?p=1", Published: time.Unix(second, 0)}
		got, id, ok := refOf(p).decode()
		require.True(t, ok)
		require.Equal(t, second, got)
		require.Equal(t, hash32(p.ID), id)
		require.True(t, refOf(p).isValid())
	}
	require.True(t, ref("").isValid(), "the zero ref names none")
}

// FuzzState takes anything for a place. What is let through is within its bounds, and comes back the same.
func FuzzState(f *testing.F) {
	for _, p := range validStates() {
		raw, err := json.Marshal(p)
		require.NoError(f, err)
		f.Add(string(raw))
	}
	f.Add(`{"v":1,"q":"else","l":{"o":"words","i":-5,"p":null},"V":1,"T":"list"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		p := decodeState(requestWithState(raw))
		if p.Version == 0 {
			require.Zero(t, p)
			return
		}
		form, known := p.Prompt.spec()
		require.True(t, known)
		require.NotNil(t, form.onYes)
		require.True(t, form.focus == focusNone || form.focus == p.Focus)
		require.True(t, p.Part >= 0 && p.Part <= maxParts && len(p.Post) <= 32 && len(p.Since) <= 32)
		require.True(t, p.Focus != focusPost && p.Focus != focusText || p.Post != "")
		require.True(t, p.Focus != focusList || p.List != nil)
		if l := p.List; l != nil {
			require.True(t, l.Offset >= 0 && l.Offset <= maxOffset && len(l.Query) <= maxQuery && l.Source.isKnown())
			require.True(t, len(l.Page) > 0 && len(l.Page) <= pageLength)
		}
		again, err := json.Marshal(p)
		require.NoError(t, err)
		require.Equal(t, p, decodeState(requestWithState(string(again))))
	})
}
