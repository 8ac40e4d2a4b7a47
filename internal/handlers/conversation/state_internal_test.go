package conversation

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/session"
)

// requestWithState returns a request with a session state.
func requestWithState(raw string) *alexa.Envelope {
	attributes := map[string]json.RawMessage{StateAttribute: json.RawMessage(raw)}
	return &alexa.Envelope{Session: &alexa.Session{Attributes: attributes}}
}

// validStates returns the states that occur in conversations, by name.
func validStates() map[string]session.State {
	page := session.PostList{Source: session.SourceNewest, Page: []session.Ref{"th4k00.1", "th4k00.2"}}
	return map[string]session.State{
		"nothing was said":       {Version: 1, Prompt: PromptOpen},
		"nothing was understood": {Version: 1, Prompt: PromptSearch, Fallbacks: 59, FallbacksInRow: 2},
		"a listener came back":   {Version: 1, Prompt: PromptAnythingElse, Since: "th4k00.zzz"},
		"a post":                 {Version: 1, Prompt: PromptRead, Focus: session.FocusPost, Post: "-5.0"},
		"a post that was read":   {Version: 1, Prompt: PromptReadOn, Focus: session.FocusText, Post: "th4k00.1", Part: 2, Text: math.MaxUint32},
		"a list":                 {Version: 1, Prompt: PromptChooseOrMore, Focus: session.FocusList, List: &page},
		"a list was counted":     {Version: 1, Prompt: PromptList, Focus: session.FocusPost, Post: "th4k00.1", List: &page},
		"a post of a list":       {Version: 1, Prompt: PromptReadNext, Focus: session.FocusText, Post: "th4k00.2", Part: 1, Text: 1, List: &page},
		"a series": {Version: 1, Prompt: PromptSeries, Focus: session.FocusText, Post: "th4k00.1", Part: 2, Unheard: true, Key: "abc",
			Spoken: &session.Reading{Post: "th4k00.2", Part: 1, Text: 7, Posts: 3, At: 1773403200, Last: true},
			List:   &session.PostList{Source: session.SourceNew, Page: []session.Ref{"th4k00.1"}, Series: &session.Series{Read: 4, Began: 1773403200, Since: "1.1"}}},
		"a list after something": {Version: 1, Prompt: PromptAnythingElse, Focus: session.FocusList, Post: "th4k00.2", List: &session.PostList{Source: session.SourceSearch, Query: `a "b" <c>`, Offset: 57, Page: []session.Ref{"1.1"}}},
	}
}

func TestStateRoundTrip(t *testing.T) {
	for name, want := range validStates() {
		raw, err := json.Marshal(want)
		require.NoError(t, err)
		require.Equal(t, want, DecodeState(requestWithState(string(raw))), name)
	}
}

func TestMissingState(t *testing.T) {
	require.Zero(t, DecodeState(&alexa.Envelope{}), "without a session")
	e := requestWithState(`{"v":1,"q":"what"}`)
	require.Equal(t, PromptOpen, DecodeState(e).Prompt)
	e.Session.New = true
	require.Zero(t, DecodeState(e), "a session that begins")
	delete(e.Session.Attributes, StateAttribute)
	e.Session.New = false
	require.Zero(t, DecodeState(e), "without the attribute")
}

// TestRejectsInvalidState requires that DecodeState ignores each state. Each row breaks one rule.
func TestRejectsInvalidState(t *testing.T) {
	const page = `"p":["th4k00.1"]`
	for claim, raw := range map[string]string{
		"the offer of a list without a list": `{"v":1,"q":"list"}`,
		"a negative number of fallbacks":     `{"v":1,"q":"what","u":-1}`,
		"too many fallbacks":                 `{"v":1,"q":"what","u":60}`,
		"too many fallbacks in a row":        `{"v":1,"q":"what","r":3}`,
		"fewer than no fallbacks in a row":   `{"v":1,"q":"what","r":-1}`,
		"invalid JSON":                       `{`,
		"null":                               `null`,
		"another type":                       `[]`,
		"a string":                           `"{\"v\":1}"`,
		"no version":                         `{"q":"what"}`,
		"an older version":                   `{"v":0,"q":"what"}`,
		"a newer version":                    `{"v":2,"q":"what"}`,
		"a version of another type":          `{"v":"1","q":"what"}`,
		"an unknown prompt":                  `{"v":1,"q":"why"}`,
		"a prompt of another type":           `{"v":1,"q":7}`,
		"an unknown focus":                   `{"v":1,"q":"else","t":"weather"}`,
		"a post without its ref":             `{"v":1,"q":"read","t":"post"}`,
		"a ref without a hash":               `{"v":1,"q":"read","t":"post","p":"th4k00"}`,
		"a ref without a second":             `{"v":1,"q":"read","t":"post","p":".1"}`,
		"a ref with invalid characters":      `{"v":1,"q":"read","t":"post","p":"th-4k.1"}`,
		"a hash that is too large":           `{"v":1,"q":"read","t":"post","p":"th4k00.zzzzzzzz"}`,
		"a second that is too large":         `{"v":1,"q":"read","t":"post","p":"zzzzzzzzzzzzzz.1"}`,
		"a ref with too many zeros":          `{"v":1,"q":"read","t":"post","p":"` + strings.Repeat("0", 40) + `1.1"}`,
		"an unprintable query":               `{"v":1,"q":"which","t":"list","l":{"o":"words","w":"` + strings.Repeat(`\u0001`, 200) + `",` + page + `}}`,
		"a visit that is not a ref":          `{"v":1,"q":"else","s":"yesterday"}`,
		"reading without a post":             `{"v":1,"q":"on","t":"text","n":1}`,
		"reading without a part":             `{"v":1,"q":"on","t":"text","p":"th4k00.1"}`,
		"reading a part before the first":    `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":-1}`,
		"a part that is too large":           `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":10001}`,
		"a part before the first, unread":    `{"v":1,"q":"else","t":"post","p":"th4k00.1","n":-1}`,
		"a fractional part":                  `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":1.5}`,
		"a negative fingerprint":             `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":1,"f":-1}`,
		"a prompt with another focus":        `{"v":1,"q":"on","t":"post","p":"th4k00.1","n":1}`,
		"next without reading":               `{"v":1,"q":"next","t":"post","p":"th4k00.1"}`,
		"a choice without a list":            `{"v":1,"q":"which"}`,
		"a number without a list":            `{"v":1,"q":"last","t":"post","p":"th4k00.1"}`,
		"list focus without a list":          `{"v":1,"q":"which","t":"list"}`,
		"an empty list":                      `{"v":1,"q":"which","t":"list","l":{"o":"newest"}}`,
		"a list with too many posts":         `{"v":1,"q":"which","t":"list","l":{"o":"newest","p":["1.1","1.2","1.3","1.4"]}}`,
		"a list with an empty ref":           `{"v":1,"q":"which","t":"list","l":{"o":"newest","p":[""]}}`,
		"a list with a malformed ref":        `{"v":1,"q":"which","t":"list","l":{"o":"newest","p":["x y"]}}`,
		"a negative offset":                  `{"v":1,"q":"which","t":"list","l":{"o":"words","w":"x","i":-5,` + page + `}}`,
		"an offset that is too large":        `{"v":1,"q":"which","t":"list","l":{"o":"newest","i":1000001,` + page + `}}`,
		"a list without a source":            `{"v":1,"q":"which","t":"list","l":{` + page + `}}`,
		"a list with an unknown source":      `{"v":1,"q":"which","t":"list","l":{"o":"moon",` + page + `}}`,
		"a query that is too long":           `{"v":1,"q":"which","t":"list","l":{"o":"words","w":"` + strings.Repeat("x", 257) + `",` + page + `}}`,
		"an invalid list without list focus": `{"v":1,"q":"else","t":"post","p":"th4k00.1","l":{"o":"words","w":"x","i":-5,` + page + `}}`,
		"a reading without a post":           `{"v":1,"q":"else","x":{"n":1}}`,
		"a reading without a part":           `{"v":1,"q":"else","x":{"p":"th4k00.1"}}`,
		"a reading of a malformed post":      `{"v":1,"q":"else","x":{"p":"x","n":1}}`,
		"a reading of too many posts":        `{"v":1,"q":"else","x":{"p":"th4k00.1","n":1,"c":26}}`,
		"a reading before 1970":              `{"v":1,"q":"else","x":{"p":"th4k00.1","n":1,"a":-1}}`,
		"a reading in a distant future":      `{"v":1,"q":"else","x":{"p":"th4k00.1","n":1,"a":1099511627776}}`,
		"a series that began no post":        `{"v":1,"q":"else","l":{"o":"newest",` + page + `,"r":{"c":0}}}`,
		"a series of too many posts":         `{"v":1,"q":"else","l":{"o":"newest",` + page + `,"r":{"c":1000001}}}`,
		"a series before 1970":               `{"v":1,"q":"else","l":{"o":"newest",` + page + `,"r":{"c":1,"b":-1}}}`,
		"a series in a distant future":       `{"v":1,"q":"else","l":{"o":"newest",` + page + `,"r":{"c":1,"b":1099511627776}}}`,
		"a series since a malformed post":    `{"v":1,"q":"else","l":{"o":"newest",` + page + `,"r":{"c":1,"s":"x"}}}`,
		"a key that is too long":             `{"v":1,"q":"else","k":"` + strings.Repeat("k", 23) + `"}`,
		"a key with unprintable characters":  "{\"v\":1,\"q\":\"else\",\"k\":\"\x01\"}",
		"a series prompt without a post":     `{"v":1,"q":"row"}`,
		"an invalid list without focus":      `{"v":1,"q":"else","l":{"o":"newest"}}`,
	} {
		require.Zero(t, DecodeState(requestWithState(raw)), claim)
	}
}

// TestStateIsSmall requires that a state with the longest possible values takes less than 1 KiB.
func TestStateIsSmall(t *testing.T) {
	longest := session.RefOf(feed.Post{ID: "y", Published: time.Unix(math.MinInt64, 0)})
	require.True(t, longest.IsValid())
	for _, words := range []string{`"`, `\`, "<", "&", "é", "𝒱", "\u2028", "\x00", "\x7f", "\xff", "a ", "\t\"", "\ufffd"} {
		what := session.SanitizeText(strings.Repeat(words, 3000))
		require.LessOrEqual(t, len(what), session.MaxQuery)
		p := session.State{
			Version: session.Version, Prompt: PromptChooseOrMore, Focus: session.FocusList, Post: longest, Part: session.MaxParts, Text: math.MaxUint32, Since: longest,
			List: &session.PostList{
				Source: session.SourceCategory, Query: what, Offset: session.MaxOffset, Page: []session.Ref{longest, longest, longest},
				Series: &session.Series{Read: session.MaxOffset, Ended: true, Began: session.MaxSecond - 1, Since: longest},
			},
			Unheard: true, Key: strings.Repeat("k", session.MaxKey),
			Spoken: &session.Reading{Post: longest, Part: session.MaxParts, Text: math.MaxUint32, Posts: session.MaxSeriesPosts, At: session.MaxSecond - 1, Last: true},
		}
		require.True(t, isValidState(p))
		ask := &alexa.Response{ShouldEndSession: new(false), Attributes: map[string]any{StateAttribute: p}}
		raw, err := alexa.Encode(ask)
		require.NoError(t, err)
		var sent struct {
			SessionAttributes json.RawMessage `json:"sessionAttributes"`
		}
		require.NoError(t, json.Unmarshal(raw, &sent))
		require.Less(t, len(sent.SessionAttributes), 1024, "%q", words)
		var back map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(sent.SessionAttributes, &back))
		require.Equal(t, p, DecodeState(requestWithState(string(back[StateAttribute]))), "%q", words)
	}
}

func TestRefs(t *testing.T) {
	for _, second := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1773403200} {
		p := feed.Post{ID: "https://blog.test/?p=1", Published: time.Unix(second, 0)}
		got, id, ok := session.RefOf(p).Decode()
		require.True(t, ok)
		require.Equal(t, second, got)
		require.Equal(t, session.Hash32(p.ID), id)
		require.True(t, session.RefOf(p).IsValid())
	}
	require.True(t, session.Ref("").IsValid(), "the zero ref names none")
}

// FuzzState requires that an accepted state is within its limits and survives a round trip.
func FuzzState(f *testing.F) {
	for _, p := range validStates() {
		raw, err := json.Marshal(p)
		require.NoError(f, err)
		f.Add(string(raw))
	}
	f.Add(`{"v":1,"q":"else","l":{"o":"words","i":-5,"p":null},"V":1,"T":"list"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		p := DecodeState(requestWithState(raw))
		if p.Version == 0 {
			require.Zero(t, p)
			return
		}
		spec, known := specOf(p.Prompt)
		require.True(t, known)
		require.True(t, spec.focus == session.FocusNone || spec.focus == p.Focus)
		require.True(t, p.Part >= 0 && p.Part <= session.MaxParts && len(p.Post) <= 32 && len(p.Since) <= 32)
		require.True(t, p.Focus != session.FocusPost && p.Focus != session.FocusText || p.Post != "")
		require.True(t, p.Focus != session.FocusList || p.List != nil)
		if l := p.List; l != nil {
			require.True(t, l.Offset >= 0 && l.Offset <= session.MaxOffset && len(l.Query) <= session.MaxQuery && l.Source.IsKnown())
			require.True(t, len(l.Page) > 0 && len(l.Page) <= session.PageLength)
		}
		require.Less(t, len(p.Bookmark()), 1024)
		again, err := json.Marshal(p)
		require.NoError(t, err)
		require.Equal(t, p, DecodeState(requestWithState(string(again))))
	})
}
