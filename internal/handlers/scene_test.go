package handlers_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, also where the system has none

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
)

// saturday is the day of most of the tests.
var saturday = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)

const (
	question = " Which other day would you like?"
	reprompt = "Name a day or a month, such as yesterday or last March, or say stop."
)

// shelf is posts, the newest first.
type shelf []feed.Post

var _, _ handlers.Posts = shelf(nil), (*archive.Archive)(nil)

func shelve(posts ...feed.Post) shelf {
	return slices.SortedFunc(slices.Values(posts), func(a, b feed.Post) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.ID, b.ID))
	})
}

func (s shelf) Latest() (feed.Post, bool) { return s.Before(time.Unix(1<<40, 0)) }

func (s shelf) Before(t time.Time) (feed.Post, bool) {
	for _, post := range s {
		if post.Published.Before(t) {
			return post, true
		}
	}
	return feed.Post{}, false
}

func (s shelf) Between(from, to time.Time) (newest feed.Post, count int) {
	within := slices.DeleteFunc(slices.Clone(s), func(p feed.Post) bool {
		return p.Published.Before(from) || !p.Published.Before(to)
	})
	if len(within) == 0 {
		return feed.Post{}, 0
	}
	return within[0], len(within)
}

// post makes a post of an instant that RFC 3339 tells.
func post(title, published string) feed.Post {
	at, err := time.Parse(time.RFC3339, published)
	if err != nil {
		panic(err)
	}
	return feed.Post{ID: title + published, Title: title, Link: "https://blog.test/" + published[:10], Published: at.UTC()}
}

// on makes a post of noon of a day in UTC.
func on(day, title string) feed.Post { return post(title, day+"T12:00:00Z") }

// A scene is a skill and what it writes into its log.
type scene struct {
	*handlers.Skill
	log bytes.Buffer
}

// newScene is a blog at an instant, in whose zone its days are.
func newScene(t testing.TB, now time.Time, posts ...feed.Post) *scene {
	t.Helper()
	book, err := phrases.Load()
	require.NoError(t, err)
	s := &scene{}
	s.Skill = &handlers.Skill{
		Blog: "half elf", Zone: now.Location(), Posts: shelve(posts...), Book: book,
		Now: now.UTC, // the host's clock is of no particular zone
		Log: slog.New(slog.NewJSONHandler(&s.log, nil)),
	}
	return s
}

// ask gives the answer to a request, which was found to keep Amazon's rules.
func (s *scene) ask(t testing.TB, e *alexa.Envelope) alexatest.Answer {
	t.Helper()
	raw, err := alexa.Encode(s.Handle(t.Context(), e))
	require.NoError(t, err)
	a, broken := alexatest.Examine(asked(e), raw)
	require.Empty(t, broken, "%s", raw)
	return a
}

// asked is what Alexa's rules look at in a request.
func asked(e *alexa.Envelope) alexatest.Asked {
	interfaces := slices.Sorted(maps.Keys(e.Context.System.Device.SupportedInterfaces))
	return alexatest.Asked{Type: e.Request.Type, Interfaces: interfaces}
}

// lines are the log's.
func (s *scene) lines(t testing.TB) (lines []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(s.log.Bytes()) {
		fields := map[string]any{}
		require.NoError(t, json.Unmarshal(line, &fields))
		delete(fields, "time")
		lines = append(lines, fields)
	}
	return lines
}

// request is one of a type that begins a session.
func request(kind string) *alexa.Envelope {
	return &alexa.Envelope{
		Version: "1.0", Session: &alexa.Session{New: true},
		Request: alexa.Request{Type: kind, RequestID: "r1", Locale: "en-US"},
	}
}

func launch() *alexa.Envelope { return request("LaunchRequest") }

// intent is one in one breath ("ask Half Elf for …").
func intent(name string) *alexa.Envelope {
	e := request("IntentRequest")
	e.Request.Intent.Name = name
	return e
}

// lastPost asks for a date in one breath. A slot that is not filled has its key nevertheless.
func lastPost(date string) *alexa.Envelope {
	e := intent("LastPostIntent")
	e.Request.Intent.Slots = map[string]alexa.Slot{"Date": {Name: "Date", Value: date}}
	return e
}

// within has the session open already.
func within(e *alexa.Envelope) *alexa.Envelope {
	e.Session.New = false
	return e
}

// alone has no session.
func alone(e *alexa.Envelope) *alexa.Envelope {
	e.Session = nil
	return e
}

// in is said in a locale.
func in(locale string, e *alexa.Envelope) *alexa.Envelope {
	e.Request.Locale = locale
	return e
}
