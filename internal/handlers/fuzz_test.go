package handlers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// FuzzHandle asks anything of a blog with any post. Whatever is asked, the answer keeps Amazon's rules, a session that
// is open has this skill's own question at its end, and the log is only of sessions that ended.
func FuzzHandle(f *testing.F) {
	for _, kind := range []string{"LaunchRequest", "IntentRequest", "CanFulfillIntentRequest", "SessionEndedRequest", "System.ExceptionEncountered", "AudioPlayer.PlaybackStarted"} {
		for _, name := range []string{"LastPostIntent", "AMAZON.HelpIntent", "AMAZON.StopIntent", "Unknown"} {
			f.Add(kind, name, "en-US", "2026-03-14", "Who goes there?", "https://blog.test/?a=1&b=2", true)
			f.Add(kind, name, "en-GB", "2027-02-29", "</speak><audio src=\"x\"/>\x00 🎉 {{.Blog}}", "", false)
		}
	}
	for _, date := range []string{"", "?", "PRESENT_REF", "2026-W11", "2026-W53-WE", "2026-03-XX", "2026-Q4", "2025-WI", "202X", "20XX", "0001", "9999-12-31"} {
		f.Add("IntentRequest", "LastPostIntent", "xx-YY", date, "“Why?”", "mailto:x", true)
	}
	s := newScene(f, saturday)
	f.Fuzz(func(t *testing.T, kind, name, locale, date, title, link string, begins bool) {
		p := on("2026-03-13", title)
		p.Link = link
		e := &alexa.Envelope{Session: &alexa.Session{New: begins}, Request: alexa.Request{Type: kind, Locale: locale, Reason: date}}
		e.Request.Intent = alexa.Intent{Name: name, Slots: map[string]alexa.Slot{"Date": {Name: "Date", Value: date}}}
		for _, posts := range [][]feed.Post{nil, {p}, {p, on("2026-03-12", title), on("2019-01-01", title)}} {
			s.Posts = shelve(posts...)
			s.log.Reset()
			a := s.ask(t, e)
			require.Equal(t, a.Open(), a.Reprompt() == reprompt)
			require.Equal(t, a.Open(), endsInOurQuestion(a.Heard()))
			require.Equal(t, kind == "SessionEndedRequest" || kind == "System.ExceptionEncountered", s.log.Len() > 0)
		}
	})
}

func endsInOurQuestion(heard string) bool {
	return strings.HasSuffix(heard, question) || strings.HasSuffix(heard, " What would you like?")
}
