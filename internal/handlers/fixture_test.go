package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // time zones for systems without them

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/phrases"
)

// saturday is the current time in most tests.
var saturday = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)

// These are the spoken prompts, in the wording that requestID selects.
const (
	asksRead  = "Would you like me to read it?"
	asksNext  = "Should I keep going?"
	asksPlay  = "Would you like me to play the episode?"
	asksOn    = "Would you like me to go on?"
	asksOlder = "Would you like the one before that?"
	asksWhich = "Which number would you like, or should I keep going?"
	asksLast  = "Which number would you like?"
	asksList  = "Would you like me to list them?"
	asksElse  = "Is there anything else?"
	asksWhat  = "What would you like?"

	asksSearch = "What would you like me to look for?"
)

// newPost returns a post with only a title. published is in RFC 3339 format.
func newPost(title, published string) feed.Entry {
	at, err := time.Parse(time.RFC3339, published)
	if err != nil {
		panic(err)
	}
	return feed.Entry{Post: feed.Post{ID: title + published, Title: title, Link: "https://blog.test/" + published[:10], Published: at.UTC()}}
}

// postOn returns a post that was published on a day at noon UTC.
func postOn(day, title string) feed.Entry { return newPost(title, day+"T12:00:00Z") }

// withText adds content to a post.
func withText(p feed.Entry, html string) feed.Entry {
	p.Content = html
	return p
}

// withEpisode adds an episode to a post.
func withEpisode(p feed.Entry, stream string) feed.Entry {
	p.Audio = feed.Audio{URL: stream, Type: "audio/mpeg"}
	return p
}

// withCategories adds categories to a post.
func withCategories(p feed.Entry, categories ...string) feed.Entry {
	p.Categories = categories
	return p
}

// longText returns paragraphs of about 350 characters. Two of them fill a turn.
func longText(paragraphs int) string {
	var html strings.Builder
	for i := range paragraphs {
		fmt.Fprintf(&html, "<p>Paragraph %d begins here. %s It ends with %[1]d.</p>", i+1, strings.Repeat("Nothing happens in it for a while. ", 9))
	}
	return html.String()
}

// A fixture is a Responder together with its archive and its log.
type fixture struct {
	*handlers.Responder
	archive *archive.Archive
	log     bytes.Buffer
}

// book returns the phrases. It loads them only once, because loading is slow.
var book = sync.OnceValues(phrases.Load)

// newFixture returns a fixture whose blog has posts. The blog's time zone is the zone of now.
func newFixture(t testing.TB, now time.Time, posts ...feed.Entry) *fixture {
	t.Helper()
	book, err := book()
	require.NoError(t, err)
	s := &fixture{}
	s.archive, err = archive.InMemory(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.archive.Close()) })
	s.Responder = &handlers.Responder{Env: conversation.Env{
		Blog: "half elf", Zone: now.Location(), Posts: s.archive, Store: s.archive, Visits: s.archive, Catalog: book,
		Now: now.UTC, // the Responder must not depend on the clock's zone
		Log: slog.New(slog.NewJSONHandler(&s.log, nil)),
	}}
	s.publish(t, posts...)
	return s
}

// publish adds posts to the blog. A post with the id of an existing post replaces it.
func (s *fixture) publish(t testing.TB, posts ...feed.Entry) {
	t.Helper()
	posts = slices.SortedStableFunc(slices.Values(posts), func(a, b feed.Entry) int { return b.Published.Compare(a.Published) })
	_, err := s.archive.Keep(t.Context(), feed.Batch{Entries: posts, Now: s.Now()})
	require.NoError(t, err)
}

// An answer is a response that complies with Amazon's rules.
type answer struct{ alexatest.Response }

// statement returns the spoken text without the prompt.
func (a answer) statement() string {
	spoken := a.SpokenText()
	for _, question := range []string{asksRead, asksNext, asksPlay, asksOn, asksOlder, asksWhich, asksLast, asksList, asksElse, asksWhat, asksSearch} {
		if statement, ok := strings.CutSuffix(spoken, " "+question); ok && a.IsOpen() {
			return statement
		}
	}
	return spoken
}

// send handles a request and checks the response against Amazon's rules.
func (s *fixture) send(t testing.TB, e *alexa.Envelope) answer {
	t.Helper()
	response, err := s.Handle(t.Context(), e)
	require.NoError(t, err)
	raw, err := alexa.Encode(response)
	require.NoError(t, err)
	asked := alexatest.Request{Type: e.Request.Type, Interfaces: slices.Collect(maps.Keys(e.Context.System.Device.SupportedInterfaces))}
	a, broken := alexatest.Examine(asked, raw)
	require.Empty(t, broken, "%s", raw)
	if a.IsOpen() {
		state, err := json.Marshal(a.Attributes["lastpost"])
		require.NoError(t, err)
		require.True(t, isValidState(string(state)), "own state is rejected: %s", state)
	}
	return answer{a}
}

// isValidState reports whether the service accepts a session state.
func isValidState(raw string) bool {
	attributes := map[string]json.RawMessage{conversation.StateAttribute: json.RawMessage(raw)}
	return conversation.DecodeState(&alexa.Envelope{Session: &alexa.Session{Attributes: attributes}}).Version > 0
}

// logLines returns the fields of the log lines.
func (s *fixture) logLines(t testing.TB) (lines []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(s.log.Bytes()) {
		fields := map[string]any{}
		require.NoError(t, json.Unmarshal(line, &fields))
		delete(fields, "time")
		lines = append(lines, fields)
	}
	return lines
}

// requestID is the id of all requests. The service chooses the wording of a message by this id, and this one selects
// the first wording.
const requestID = "r117"

// request returns a request that begins a session.
func request(kind string) *alexa.Envelope {
	return &alexa.Envelope{
		Version: "1.0", Session: &alexa.Session{New: true},
		Request: alexa.Request{Type: kind, RequestID: requestID, Locale: "en-US"},
	}
}

func launch() *alexa.Envelope { return request("LaunchRequest") }

// intent returns a request without an open session ("ask Half Elf for …"). slots alternates names and values.
func intent(name string, slots ...string) *alexa.Envelope {
	e := request("IntentRequest")
	e.Request.Intent = alexa.Intent{Name: name, Slots: map[string]alexa.Slot{}}
	for i := 0; i < len(slots); i += 2 {
		e.Request.Intent.Slots[slots[i]] = alexa.Slot{Name: slots[i], Value: slots[i+1]}
	}
	return e
}

// lastPost returns a request for the latest post of a date. If date is empty, the request still contains the slot, as
// Alexa's requests do.
func lastPost(date string) *alexa.Envelope { return intent("LastPostIntent", "Date", date) }

// inSession makes the request part of an open session.
func inSession(e *alexa.Envelope) *alexa.Envelope {
	e.Session.New = false
	return e
}

// inWords returns a number as the answers say it.
func inWords(n int) string {
	words := strings.Fields("one two three four five six seven eight nine ten eleven twelve")
	if n < 1 || n > len(words) {
		return strconv.Itoa(n)
	}
	return words[n-1]
}

// withoutSession removes the session.
func withoutSession(e *alexa.Envelope) *alexa.Envelope {
	e.Session = nil
	return e
}

// inLocale sets the locale.
func inLocale(locale string, e *alexa.Envelope) *alexa.Envelope {
	e.Request.Locale = locale
	return e
}

// fromUser sets the user.
func fromUser(user string, e *alexa.Envelope) *alexa.Envelope {
	e.Context.System.User.UserID = user
	return e
}

// onDevice sets the interfaces that the device supports.
func onDevice(e *alexa.Envelope, interfaces ...string) *alexa.Envelope {
	e.Context.System.Device.SupportedInterfaces = map[string]json.RawMessage{}
	for _, name := range interfaces {
		e.Context.System.Device.SupportedInterfaces[name] = json.RawMessage("{}")
	}
	return e
}

// A session sends requests one after the other and returns the session attributes of each response with the next
// request.
type session struct {
	*fixture
	t    testing.TB
	last answer
	to   []string // interfaces of the device

	id     string         // session id
	user   string         // user id; "" if unknown
	player alexa.Playback // state of the device's player
}

func (s *fixture) newSession(t testing.TB, interfaces ...string) *session {
	return &session{fixture: s, t: t, to: interfaces}
}

// send sends a request in this session. If the last response ended the session, send begins a new session.
func (k *session) send(e *alexa.Envelope) answer {
	k.t.Helper()
	if e.Session != nil {
		e.Session.New, e.Session.SessionID = !k.last.IsOpen(), k.id
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

// expect sends an intent and requires that the answer's spoken text is want.
func (k *session) expect(want, name string, slots ...string) answer {
	k.t.Helper()
	a := k.send(intent(name, slots...))
	require.Equal(k.t, want, a.SpokenText())
	return a
}
