package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
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

// What is asked at the end of an answer, in the wording that the requests of the tests get.
const (
	asksRead  = "Shall I read it?"
	asksPlay  = "Shall I play the episode?"
	asksOn    = "Shall I go on?"
	asksOlder = "Would you like the one before it?"
	asksWhich = "Which number would you like, or shall I name more?"
	asksLast  = "Which number would you like?"
	asksElse  = "Is there anything else?"
	asksWhat  = "What would you like?"
)

// newPost makes a post of an instant that RFC 3339 tells. It has a title and nothing else.
func newPost(title, published string) feed.Entry {
	at, err := time.Parse(time.RFC3339, published)
	if err != nil {
		panic(err)
	}
	return feed.Entry{Post: feed.Post{ID: title + published, Title: title, Link: "https://blog.test/" + published[:10], Published: at.UTC()}}
}

// postOn makes a post of noon of a day in UTC.
func postOn(day, title string) feed.Entry { return newPost(title, day+"T12:00:00Z") }

// withText gives a post a text.
func withText(p feed.Entry, html string) feed.Entry {
	p.Content = html
	return p
}

// withEpisode gives a post an episode.
func withEpisode(p feed.Entry, stream string) feed.Entry {
	p.Audio = feed.Audio{URL: stream, Type: "audio/mpeg"}
	return p
}

// withCategories puts a post under categories.
func withCategories(p feed.Entry, categories ...string) feed.Entry {
	p.Categories = categories
	return p
}

// longText is a text of so many paragraphs, each of 350 characters or so: two of them make a turn.
func longText(paragraphs int) string {
	var html strings.Builder
	for i := range paragraphs {
		fmt.Fprintf(&html, "<p>Paragraph %d begins here. %s It ends with %[1]d.</p>", i+1, strings.Repeat("Nothing happens in it for a while. ", 9))
	}
	return html.String()
}

// A scene is a skill, its archive, and what it writes into its log.
type fixture struct {
	*handlers.Responder
	archive *archive.Archive
	log     bytes.Buffer
}

// book holds the phrases, which take long to load.
var book = sync.OnceValues(phrases.Load)

// newFixture is a blog at an instant, in whose zone its days are.
func newFixture(t testing.TB, now time.Time, posts ...feed.Entry) *fixture {
	t.Helper()
	book, err := book()
	require.NoError(t, err)
	s := &fixture{}
	s.archive, err = archive.InMemory(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.archive.Close()) })
	s.Responder = &handlers.Responder{
		Blog: "half elf", Zone: now.Location(), Posts: s.archive, Store: s.archive, Visits: s.archive, Book: book,
		Now: now.UTC, // the host's clock is of no particular zone
		Log: slog.New(slog.NewJSONHandler(&s.log, nil)),
	}
	s.publish(t, posts...)
	return s
}

// publish adds posts to the blog, and replaces those that it has.
func (s *fixture) publish(t testing.TB, posts ...feed.Entry) {
	t.Helper()
	posts = slices.SortedStableFunc(slices.Values(posts), func(a, b feed.Entry) int { return b.Published.Compare(a.Published) })
	_, err := s.archive.Keep(t.Context(), feed.Batch{Entries: posts, Now: s.Now()})
	require.NoError(t, err)
}

// An answer is one that was found to keep Amazon's rules.
type answer struct{ alexatest.Response }

// statement is what is heard before the question.
func (a answer) statement() string {
	heard := a.SpokenText()
	for _, question := range []string{asksRead, asksPlay, asksOn, asksOlder, asksWhich, asksLast, asksElse, asksWhat} {
		if told, ok := strings.CutSuffix(heard, " "+question); ok && a.IsOpen() {
			return told
		}
	}
	return heard
}

// send gives the answer to a request, which was found to keep Amazon's rules.
func (s *fixture) send(t testing.TB, e *alexa.Envelope) answer {
	t.Helper()
	raw, err := alexa.Encode(s.Handle(t.Context(), e))
	require.NoError(t, err)
	asked := alexatest.Request{Type: e.Request.Type, Interfaces: slices.Collect(maps.Keys(e.Context.System.Device.SupportedInterfaces))}
	a, broken := alexatest.Examine(asked, raw)
	require.Empty(t, broken, "%s", raw)
	if a.IsOpen() {
		place, err := json.Marshal(a.Attributes["lastpost"])
		require.NoError(t, err)
		require.True(t, handlers.IsValidState(string(place)), "we do not know our own place again: %s", place)
	}
	return answer{a}
}

// logLines are the log's.
func (s *fixture) logLines(t testing.TB) (logLines []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(s.log.Bytes()) {
		fields := map[string]any{}
		require.NoError(t, json.Unmarshal(line, &fields))
		delete(fields, "time")
		logLines = append(logLines, fields)
	}
	return logLines
}

// requestID is one that gets the first of several wordings.
const requestID = "r117"

// request is one of a type that begins a session.
func request(kind string) *alexa.Envelope {
	return &alexa.Envelope{
		Version: "1.0", Session: &alexa.Session{New: true},
		Request: alexa.Request{Type: kind, RequestID: requestID, Locale: "en-US"},
	}
}

func launch() *alexa.Envelope { return request("LaunchRequest") }

// intent is one in one breath ("ask Half Elf for …"), with slots by turns of name and value.
func intent(name string, slots ...string) *alexa.Envelope {
	e := request("IntentRequest")
	e.Request.Intent = alexa.Intent{Name: name, Slots: map[string]alexa.Slot{}}
	for i := 0; i < len(slots); i += 2 {
		e.Request.Intent.Slots[slots[i]] = alexa.Slot{Name: slots[i], Value: slots[i+1]}
	}
	return e
}

// lastPost asks for a date in one breath. A slot that is not filled has its key nevertheless.
func lastPost(date string) *alexa.Envelope { return intent("LastPostIntent", "Date", date) }

// inSession has the session open already.
func inSession(e *alexa.Envelope) *alexa.Envelope {
	e.Session.New = false
	return e
}

// withoutSession has no session.
func withoutSession(e *alexa.Envelope) *alexa.Envelope {
	e.Session = nil
	return e
}

// inLocale is said in a locale.
func inLocale(locale string, e *alexa.Envelope) *alexa.Envelope {
	e.Request.Locale = locale
	return e
}

// fromUser is said by a user.
func fromUser(user string, e *alexa.Envelope) *alexa.Envelope {
	e.Context.System.User.UserID = user
	return e
}

// onDevice is said to a device that has some interfaces.
func onDevice(e *alexa.Envelope, interfaces ...string) *alexa.Envelope {
	e.Context.System.Device.SupportedInterfaces = map[string]json.RawMessage{}
	for _, name := range interfaces {
		e.Context.System.Device.SupportedInterfaces[name] = json.RawMessage("{}")
	}
	return e
}

// A talk is a session: what one answer leaves in the session's attributes comes back with the next request.
type session struct {
	*fixture
	t    testing.TB
	last answer
	to   []string // the device's interfaces

	user   string         // who talks; "" for nobody that is known
	player alexa.Playback // what the device plays
}

func (s *fixture) newSession(t testing.TB, interfaces ...string) *session {
	return &session{fixture: s, t: t, to: interfaces}
}

// send sends a request as the next of the session, or as the first of another where the last answer has ended it.
func (k *session) send(e *alexa.Envelope) answer {
	k.t.Helper()
	if e.Session != nil {
		e.Session.New = !k.last.IsOpen()
		e.Session.Attributes = map[string]json.RawMessage{}
		for name, value := range k.last.Attributes {
			raw, err := json.Marshal(value)
			require.NoError(k.t, err)
			e.Session.Attributes[name] = raw
		}
	}
	if e.Context.AudioPlayer == (alexa.Playback{}) {
		e.Context.AudioPlayer = k.player
	}
	k.last = k.fixture.send(k.t, fromUser(k.user, onDevice(e, k.to...)))
	return k.last
}

// expect says an intent, and expects what is heard.
func (k *session) expect(want, name string, slots ...string) answer {
	k.t.Helper()
	a := k.send(intent(name, slots...))
	require.Equal(k.t, want, a.SpokenText())
	return a
}
